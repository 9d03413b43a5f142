//! `host report`: the tear sheet of back tests and paper runs, and what it says where it has nothing to show.

use std::sync::Arc;

use crate::browser::look;
use crate::markup::{Page, cents};
use crate::support::environment::{Environment, assert_refused};
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};
use crate::support::tapes::{SharedTape, figures, import, quotes_csv, tape};

/// The largest page, in bytes.
const LARGEST: usize = 400_000;

/// Writes the tear sheet of the latest run to `name`, and reads it.
fn sheet(environment: &Environment, name: &str) -> Page {
    let printed = environment.run(&format!("report latest --html {name}")).success();
    assert_eq!(printed, format!("{name}\n"));
    Page::new(environment.read(name))
}

/// A back test on the shared tape, which the page needs for its prices.
fn back_test(options: &str) -> (Environment, host_report::Report, Arc<SharedTape>) {
    let (environment, tape) = (environment(), tape());
    let args = format!("backtest --strategy {} --tape {} --format json {options}", mean_reversion(), tape.path());
    let report = figures(&environment.run(&args).success());
    (environment, report, tape)
}

#[test]
fn the_page_holds_everything_and_asks_nobody() {
    let (environment, report, _tape) = back_test("--param threshold=1.2 --set exchange.fees=kalshi_with_maker_fees");
    let page = sheet(&environment, "back-test.html");
    page.assert_self_contained();
    assert!(page.html().len() < LARGEST, "{} bytes", page.html().len());
    for title in [
        "Profit and loss",
        "Day by day",
        "Exposure against limits",
        "Where it came from",
        "Trades by result",
        "What happened after the fills",
        "Best trades",
        "Worst trades",
        "Calibration",
        "Done by hand, and noted",
        "What the words mean",
        "To run it again",
    ] {
        assert!(page.html().contains(&format!("<h2>{title}")), "no {title}");
    }
    let again = page.section("To run it again");
    let facts = [
        report.components[0].sha256.as_str(),
        report.data_digest.as_deref().expect("a digest"),
        "threshold = 1.2</b> (changed)",
        "ema_span_hours = 48",
        "max_open_positions = 5",
        "backtest --strategy",
    ];
    for fact in facts {
        assert!(again.html().contains(fact), "no {fact} in {}", again.html());
    }
    assert!(!page.html().contains("score only") && !page.html().contains("No prices"));
    let traded = report.by_market.iter().filter(|market| market.fills > 0).count();
    assert!(page.html().matches("<figure class=\"market\">").count() >= traded && traded > 3, "{traded} markets");
    for drawn in [
        "class=\"price\" d=\"M",
        "class=\"fair\" d=\"M",
        "class=\"band\" d=\"M",
        "class=\"orders\" d=\"M",
        "<use href=\"#buy\"",
        "<use href=\"#sell\"",
    ] {
        assert!(page.section("markets were traded").html().contains(drawn), "no {drawn}");
    }
    if let Some(found) = look(&environment.path("back-test.html")) {
        found.assert_reads_well();
        assert!((3..=6).contains(&found.sheets()), "{} sheets", found.sheets());
    }
}

#[test]
fn rows_add_up_as_they_are_printed() {
    let (environment, report, _tape) = back_test("--set exchange.fees=kalshi_with_maker_fees");
    let page = sheet(&environment, "sums.html");
    let net = cents(&host_pages::numbers::change(report.net_pnl));
    assert!(report.trades > 10 && net != 0, "too little to prove anything");
    let days = page.section("Day by day");
    let months = days.texts("<table class=\"month\">", "</table>");
    assert_eq!(months.len(), 2);
    let mut whole = 0;
    for month in days.html().split("<table class=\"month\">").skip(1) {
        let month = Page::new(month.split("</table>").next().expect("a month").to_owned());
        let total = cents(&month.texts("</b> <span", "</span>")[0].replace(|c: char| c.is_ascii_alphabetic(), ""));
        let cells: i64 = month.texts("</i> ", "</td>").iter().map(|value| cents(value)).sum();
        assert_eq!(cells, total, "{}", month.html());
        whole += total;
    }
    assert_eq!(whole, net, "the months are not the whole");
    let markets = page.section("markets were traded");
    let amount = |row: &str| {
        cents(
            row.split("class=\"n")
                .nth(1)
                .and_then(|cell| cell.split_once('>'))
                .expect("a cell")
                .1
                .split('<')
                .next()
                .expect("a text"),
        )
    };
    let (rows, total) = markets.html().split_once("<tfoot>").expect("a total");
    let rows: Vec<i64> = rows.split("<tbody>").last().expect("rows").split("<tr>").skip(1).map(amount).collect();
    assert!(rows.len() > 3, "{} rows", rows.len());
    assert_eq!(rows.iter().sum::<i64>(), net);
    assert_eq!(amount(total), net);
    let categories = page.section("Where it came from");
    let groups = categories.texts("</b><br><span", "</span>");
    assert_eq!(
        groups.iter().map(|group| cents(group.split_once('>').map_or(group.as_str(), |(_, text)| text))).sum::<i64>(),
        net
    );
}

#[test]
fn a_paper_run_reads_well_and_prints_its_figures_without_a_file() {
    let environment = environment();
    let run = format!("run --strategy {} --markets 8 --set feed.poll=2m --format json", mean_reversion());
    let printed = environment.run(&run).success();
    let page = sheet(&environment, "paper.html");
    page.assert_self_contained();
    assert!(page.html().contains("PAPER") && page.html().contains("SYNTHETIC MARKETS"));
    if let Some(found) = look(&environment.path("paper.html")) {
        found.assert_reads_well();
        assert!(found.text().contains("Made-up markets prove nothing about a venue."));
    }
    assert_eq!(environment.run("report latest --format json").success(), printed);
    let shown = environment.run("report paper-").success();
    assert!(shown.starts_with("Paper trading on SYNTHETIC markets\n") && !shown.contains("Definitions"), "{shown}");
    assert!(environment.run("report latest --full").success().contains("\nDefinitions\n"));
    assert!(environment.run("report latest --format csv").success().starts_with("metric,value\n"));
}

#[test]
fn eight_months_of_many_markets_fit_the_size() {
    let environment = environment();
    environment.run("data generate --markets 45 --for 8mo --poll 5m --seed 5 --out tape").success();
    environment.run(&format!("backtest --strategy {} --tape tape -q", mean_reversion())).success();
    let page = sheet(&environment, "eight-months.html");
    page.assert_self_contained();
    assert!(page.html().len() < LARGEST, "{} bytes", page.html().len());
    let said = page.texts("<p class=\"soft\">Drawn are the ", " that made or lost most; the table has all.");
    let drawn: usize = said.first().expect("some are not drawn").parse().expect("a number");
    assert_eq!(page.html().matches("<figure class=\"market\">").count(), drawn);
    if let Some(found) = look(&environment.path("eight-months.html")) {
        found.assert_reads_well();
    }
}

#[test]
fn what_a_run_has_not_is_said() {
    let environment = environment();
    // One day on which nothing is cheap enough to be bought.
    import(&environment, &quotes_csv((0..50).map(|poll| (poll * 30, "FED", 49, 51 + poll % 3))));
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    let page = sheet(&environment, "nothing.html");
    page.assert_self_contained();
    for said in [
        "No market was traded",
        "No trade was closed.",
        "No entry was approved, so nothing was at risk.",
        "No order was refused",
        "No fill has a later price to be compared with.",
        "Equity never fell below its peak.",
        "keeps no log of its operator",
        "n/a",
    ] {
        assert!(page.html().contains(said), "no `{said}`");
    }
    let is_no_number = |word: &str| ["NaN", "nan", "inf", "infinity"].contains(&word);
    assert!(!page.html().split(|c: char| !c.is_alphanumeric()).any(is_no_number), "{}", page.html());
    if let Some(found) = look(&environment.path("nothing.html")) {
        found.assert_reads_well();
    }
}

#[test]
fn a_tape_that_was_moved_leaves_the_page_without_prices_and_says_so() {
    let environment = environment();
    import(&environment, &quotes_csv((0..200).map(|poll| (poll * 30, "FED", 30 + poll % 40, 32 + poll % 40))));
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    std::fs::rename(environment.path("tape"), environment.path("moved")).expect("moved");
    let outcome = environment.run("report latest --html without.html");
    assert!(outcome.stderr.contains("warning: the page has no prices: cannot read the tape"), "{outcome}");
    let _ = outcome.success();
    assert!(environment.read("without.html").contains("No prices: cannot read the tape of the run"));
    environment.run("report latest --html with.html --tape moved").success();
    let with = environment.read("with.html");
    assert!(with.contains("<figure class=\"market\">") && !with.contains("No prices"));
    assert!(with.contains("Fair value and bands: score only."), "that strategy draws no lines");
}

#[test]
fn scores_that_were_kept_are_drawn_below_the_prices() {
    for file in ["scores.csv", "scores.parquet"] {
        let (environment, _report, _tape) = back_test(&format!("--scores {file}"));
        assert!(!sheet(&environment, "without.html").html().contains("class=\"score\""));
        environment.run(&format!("report latest --html with.html --scores {file}")).success();
        let page = Page::new(environment.read("with.html"));
        let drawn = page.html().matches("<path class=\"score\" d=\"M").count();
        assert_eq!(drawn, page.html().matches("<figure class=\"market\">").count(), "{file}");
        let said = environment.run("report latest --html x.html --scores none.csv").failure(1);
        assert!(said.contains("cannot draw the scores") && said.contains("none.csv"), "{said}");
        if let Some(found) = look(&environment.path("with.html")) {
            found.assert_reads_well();
        }
    }
}

#[test]
fn a_run_that_is_not_there_or_has_no_figures_is_refused() {
    let none = |_: &Environment| {};
    assert_refused(none, "report latest", 1, &["there is no run in "]);
    let environment = environment();
    import(&environment, &quotes_csv([(0, "FED", 40, 44), (60, "FED", 41, 43)]));
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    let said = environment.run("report lastest").failure(1);
    assert!(said.contains("there is no run `lastest`") && said.contains("did you mean `latest`?"), "{said}");
    let said = environment.run("report latest --html no/such/folder.html").failure(1);
    assert!(said.contains("cannot write no/such/folder.html"), "{said}");
    let said = environment.run("report latest --html x.html --format json").failure(2);
    assert!(said.contains("cannot be used with"), "{said}");
    let journals = std::fs::read_dir(environment.path("runs")).expect("runs");
    let journal = journals.flatten().next().expect("a run").path().join("run.journal");
    let connection = rusqlite::Connection::open(journal).expect("SQLite");
    connection.execute("UPDATE run SET summary = NULL", []).expect("no figures");
    drop(connection);
    let said = environment.run("report latest").failure(1);
    assert!(said.contains("the run has no figures"), "{said}");
}
