//! `host compare --html`: lines that add up as they are printed, and runs that cannot be split.

use crate::browser::look;
use crate::markup::{Page, cents};
use crate::support::environment::Environment;
use crate::support::strategies::{environment, mean_reversion};

/// The largest page, in bytes.
const LARGEST: usize = 400_000;

/// Makes a paper run of `days` and the back test of the same period.
pub fn runs(environment: &Environment, days: u32) {
    let args = format!(
        "run --strategy {} --markets 20 --for {days}d --set feed.poll=2m --param threshold=1 --shadow-backtest \
         --set exchange.fees=kalshi_with_maker_fees --format csv",
        mean_reversion()
    );
    let _ = environment.run(&args).success();
}

/// Returns the amounts in the last column of rows whose tag begins with `row`.
fn amounts(html: &str, row: &str) -> Vec<i64> {
    let rows = html.split(row).skip(1).map(|rest| rest.split("</tr>").next().expect("a row"));
    let amount = |row: &str| {
        let cell = row.rsplit("<td class=\"n").next().expect("a cell").split_once('>').expect("a tag").1.to_owned();
        cents(cell.split('<').next().expect("a text"))
    };
    rows.map(amount).collect()
}

#[test]
fn lines_add_up_as_they_are_printed() {
    let environment = environment();
    runs(&environment, 14);
    let args = "compare backtest paper --html compare.html";
    assert_eq!(environment.run(args).success(), "compare.html\n");
    let page = Page::new(environment.read("compare.html"));
    page.assert_self_contained();
    assert!(page.html().len() < LARGEST, "{} bytes", page.html().len());
    let heading = page.texts("<h2>", "</h2>").into_iter().find(|heading| heading.starts_with("Where"));
    let heading = heading.expect("a split difference");
    let split = page.section(&heading);
    let rows = split.html().split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).expect("rows");
    let [ends, lines, parts] = ["<tr class=\"end\">", "<tr><th", "<tr class=\"part\">"].map(|row| amounts(rows, row));
    assert_eq!((ends.len(), lines.len()), (2, 9), "{rows}");
    let difference = cents(heading.split_whitespace().nth(1).expect("an amount").trim_end_matches(','));
    assert_eq!((lines.iter().sum::<i64>(), ends[0] + difference), (difference, ends[1]), "{rows}");
    assert!(parts.len() > 3 && lines.iter().filter(|line| **line != 0).count() > 3, "too little to prove anything");
    for line in rows.split("<tr><th").skip(1) {
        let (line, rest) = line.split_once("</tr>").expect("a row");
        let parts = amounts(rest, "<tr class=\"part\">");
        let line = amounts(&format!("<tr>{line}</tr>"), "<tr>");
        assert!(parts.is_empty() || parts.iter().sum::<i64>() == line[0], "{rest}");
    }
    let columns = page.section("Side by side");
    assert!(columns.html().contains("Back test") && columns.html().contains("Paper"));
    let totals = columns.html().split("Total P&amp;L").nth(1).or(columns.html().split("Total P&#38;L").nth(1));
    let totals = Page::new(totals.expect("the totals").split("</tr>").next().expect("a row").to_owned());
    let totals: Vec<i64> = totals.texts("<td class=\"n\">", "</td>").iter().map(|text| cents(text)).collect();
    assert_eq!(totals, ends, "the columns have other profits");
    if let Some(found) = look(&environment.path("compare.html")) {
        found.assert_reads_well();
        assert!((1..=3).contains(&found.sheets()), "{} sheets", found.sheets());
    }
}

#[test]
fn runs_on_other_prices_stand_side_by_side_and_say_why() {
    let environment = environment();
    for seed in [1, 2, 3] {
        let strategy = mean_reversion();
        let args = format!("run --strategy {strategy} --markets 6 --for 5d --set feed.poll=5m --seed {seed} -q");
        let _ = environment.run(&args).success();
    }
    let names = std::fs::read_dir(environment.path("runs")).expect("runs").flatten();
    let names: Vec<String> = names.map(|run| run.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(names.len(), 3);
    environment.run(&format!("compare {} --html apart.html", names.join(" "))).success();
    let page = Page::new(environment.read("apart.html"));
    page.assert_self_contained();
    assert_eq!(page.html().matches("cannot be split.</b>").count(), 2);
    for label in ["Paper A", "Paper B", "Paper C", "they saw other prices"] {
        assert!(page.html().contains(label), "no {label}");
    }
    assert!(!page.html().contains("<table class=\"falls\""));
    if let Some(found) = look(&environment.path("apart.html")) {
        found.assert_reads_well();
    }
    let said = environment.run(&format!("compare {} --html x.html --format json", names.join(" "))).failure(2);
    assert!(said.contains("cannot be used with"), "{said}");
}
