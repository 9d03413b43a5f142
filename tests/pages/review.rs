//! `host review --html`: five questions with their answers, sums as printed, and the decision journal.

use crate::browser::look;
use crate::compare::runs;
use crate::markup::{Page, cents};
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::{import, quotes_csv};

/// The questions, in their order.
const QUESTIONS: [&str; 5] = [
    "1 Which markets, which days?",
    "2 Is execution getting better or worse?",
    "3 Did the limits refuse what would have won?",
    "4 Was the system well?",
    "5 Are the signals those of the back test?",
];

/// Returns the cells of a row with an amount in cents; an empty day is none.
fn row(html: &str) -> Vec<Option<i64>> {
    let cells = html.split("<td ").skip(1).map(|cell| cell.split_once('>').expect("a tag").1);
    cells
        .map(|cell| cell.split('<').next().expect("a text"))
        .map(|text| text.contains('.').then(|| cents(text)))
        .collect()
}

#[test]
fn a_week_is_answered_in_order_and_its_sums_are_those_printed() {
    let environment = environment();
    runs(&environment, 14);
    environment.run("journal add <script>alert(1)</script> --run paper").success();
    let args = "review paper --against backtest --week 2026-W03 --html review.html";
    assert_eq!(environment.run(args).success(), "review.html\n");
    let page = Page::new(environment.read("review.html"));
    page.assert_self_contained();
    assert!(page.html().len() < 400_000, "{} bytes", page.html().len());
    assert_eq!(page.texts("<h2>", "</h2>")[..5], QUESTIONS);
    for question in QUESTIONS {
        let answers = page.section(question).texts("<p class=\"answer\">", "</p>");
        assert!(answers.len() == 1 && answers[0].ends_with('.'), "{question}: {answers:?}");
    }
    let markets = page.section(QUESTIONS[0]);
    let mut tables = 0;
    for table in markets.html().split("<table").skip(1) {
        let (body, foot) = table.split_once("<tfoot>").expect("a total");
        let rows: Vec<Vec<Option<i64>>> =
            body.split("<tbody>").nth(1).expect("rows").split("<tr>").skip(1).map(row).collect();
        let totals = row(foot.split("</tr>").next().expect("a row"));
        assert!(rows.len() > 3 && totals.len() == 10, "{table}");
        for at in 0..8 {
            let sum: i64 = rows.iter().filter_map(|row| row[at]).sum();
            assert_eq!(sum, totals[at].unwrap_or(0), "column {at} of {table}");
        }
        for row in rows.iter().chain([&totals]) {
            assert_eq!(row[..7].iter().flatten().sum::<i64>(), row[7].expect("a sum"), "{row:?}");
        }
        tables += 1;
    }
    assert_eq!(tables, 2);
    let noted = page.section("What was noted and done by hand");
    assert!(noted.html().contains("alert(1)"), "{}", noted.html());
    let conclude = page.section("What do you conclude?");
    assert!(conclude.html().contains("<span>Change nothing.</span>") && conclude.html().contains("<textarea"));
    assert!(conclude.html().contains("the fill model flatters") && conclude.html().contains("--run paper"));
    let told = environment.run("review paper --week 2026-W03").success();
    assert!(told.contains("People: 1 entry in the decision journal") && told.contains("alert(1)"), "{told}");
    let before = environment.run("review paper --week 2026-W02").success();
    assert!(before.contains("People: nothing in the decision journal"), "{before}");
    if let Some(found) = look(&environment.path("review.html")) {
        found.assert_reads_well();
    }
}

#[test]
fn a_hostile_title_wraps_and_stays_text() {
    let environment = environment();
    let title = format!("<script>alert(1)</script><img src=x>\u{202e}\u{5e9}\u{5dc}\u{202c}&amp;'{}", "W".repeat(240));
    let ticker = "T".repeat(90);
    let quotes = quotes_csv((0..200).map(|poll| (poll * 30, "FED", 30 + poll % 40, 32 + poll % 40)));
    environment.write("quotes.csv", quotes.replace("FED", &ticker));
    environment.write("markets.csv", format!("ticker,title,category\n{ticker},\"{title}\",\"<b>\"\n"));
    environment.run("data import quotes.csv --markets markets.csv --out tape --price-unit cents").success();
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q --fill-model instant")).success();
    environment.run("review latest --html hostile-review.html").success();
    let page = Page::new(environment.read("hostile-review.html"));
    page.assert_self_contained();
    if let Some(found) = look(&environment.path("hostile-review.html")) {
        found.assert_reads_well();
        // Marks that reorder text are shown as what they are.
        let shown = title.replace('\u{202e}', "\\u{202e}").replace('\u{202c}', "\\u{202c}");
        assert!(found.text().contains(&shown), "the title is not as it was written: {}", found.text());
    }
}

#[test]
fn a_time_without_anything_is_a_page() {
    let environment = environment();
    import(&environment, &quotes_csv((0..50).map(|poll| (poll * 30, "FED", 49, 51 + poll % 3))));
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    environment.run("review latest --html empty-review.html").success();
    let page = Page::new(environment.read("empty-review.html"));
    for said in ["Nothing was held", "No order was sent", "No order was refused.", "Nothing is in the decision journal"]
    {
        assert!(page.html().contains(said), "no {said}");
    }
    assert!(!page.html().contains("NaN") && !page.html().contains("inf\""));
    if let Some(found) = look(&environment.path("empty-review.html")) {
        found.assert_reads_well();
    }
}
