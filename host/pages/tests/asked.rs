//! Pages of comparisons and reviews: odd figures, hostile texts, and what a reader of the text alone gets.

#![allow(clippy::expect_used, reason = "helpers of tests are tests")]

use host_core::Usd;
use host_pages::compare::{self, ProfitSplit, RunColumn, RunComparison, RunDifference, SplitLine, SplitPart};
use host_pages::review::{
    self, Bar, Cell, Chart, Evidence, Heading, NoteRow, Question, Review, Shape, Table, TableRow,
};
use host_report::{Money, Report};

/// A title that wants to be markup, without a place to break.
fn hostile() -> String {
    format!("<script>alert(1)</script>\u{202e}\u{5e9}\u{5dc}\u{202c}&amp;'\"{}", "W".repeat(240))
}

/// Asserts that `page` is whole, and leaves it in the build's folder for those who want to look at it.
#[track_caller]
fn assert_sound(name: &str, page: &str) {
    std::fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), page).expect("a file");
    for bad in ["NaN", "inf\"", "inf ", "-$", "None", "Some(", "<script", "style=\""] {
        assert!(!page.contains(bad), "{bad} is on the page");
    }
    for element in ["svg", "section", "table", "tr", "figure", "details"] {
        let (opened, closed) =
            (page.matches(&format!("<{element}")).count(), page.matches(&format!("</{element}>")).count());
        let longer = if element == "tr" { page.matches("<track").count() } else { 0 };
        assert_eq!(opened - longer, closed, "<{element}>");
    }
}

fn line(title: &str, amount: i64, trades: usize) -> SplitLine<'_> {
    SplitLine { title, amount: Usd::micros(amount), trades, note: "the same trades".to_owned(), parts: Vec::new() }
}

fn lines() -> Vec<SplitLine<'static>> {
    let part = |title, code, amount, trades| SplitPart { title, code, amount: Usd::micros(amount), trades };
    let missed = vec![
        part("refused in the other", "max_open_positions", -128_504_000, 36),
        part("ordered, never filled in the other", "", -90_466_000, 29),
    ];
    vec![
        SplitLine { parts: missed, note: "60 of them won".to_owned(), ..line("Trades missed", -218_970_000, 65) },
        line("Trades added", 66_240_000, 35),
        line("Fewer or more contracts", -119_060_000, 60),
        line("Entry prices", -14_100_000, 90),
        line("Exit prices", -171_885_000, 123),
        line("Fees", 0, 0),
        line("Not explained", -2_000, 0),
    ]
}

fn comparison(report: &Report, first: i64, lines: Vec<SplitLine<'static>>) -> String {
    let title = hostile();
    let notes = [title.clone()];
    let columns = ["backtest", "paper", "live"].map(|mode| RunColumn {
        name: &title,
        mode,
        data: &title,
        period: Some(("2026-01-05T00:00:00.000Z", "2026-01-26T00:00:00.000Z")),
        report,
        notes: &notes,
    });
    let first = Usd::micros(first);
    let second = first + lines.iter().map(|line| line.amount).sum::<Usd>();
    let split = ProfitSplit { first, second, trades_in_both: 133, lines };
    let differences = vec![
        RunDifference { settings: &notes, split: Ok(split) },
        RunDifference { settings: &[], split: Err("they saw other prices: back test on what it recorded") },
    ];
    compare::html(&RunComparison { columns: columns.into(), differences, notes: &notes }).expect("a page")
}

#[test]
fn a_difference_is_split_before_the_columns_stand_side_by_side() {
    let report = Report { net_pnl: Money(Usd::dollars(89)), trades: 164, win_rate: Some(0.634), ..Report::default() };
    let page = comparison(&report, 547_142_000, lines());
    assert_sound("compare.html", &page);
    assert!(page.contains("<h1><bdi>Of +$547.14, paper kept +$89.37</bdi></h1>"), "{page}");
    let place = |text: &str| page.find(text).expect(text);
    assert!(place("Where \u{2212}\u{2060}$457.77 went, Back test to Paper") < place("<h2>Side by side"));
    // The largest first, and what is not explained last.
    assert!(place(">Trades missed<") < place(">Exit prices<") && place(">Exit prices<") < place(">Trades added<"));
    assert!(place(">Trades added<") < place(">Fees<") && place(">Fees<") < place(">Not explained<"));
    assert!(page.contains("Back test to Live cannot be split.") && page.contains("65 trades, 60 of them won"));
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
}

#[test]
fn a_difference_of_nothing_and_one_of_millions_are_pages() {
    let nothing = comparison(&Report::default(), 0, vec![line("Fees", 0, 0), line("Not explained", 0, 0)]);
    assert_sound("compare-nothing.html", &nothing);
    assert!(nothing.contains("They made the same, line by line.") && nothing.contains("n/a"));
    let loss = vec![line("Exit prices", -12_345_678_900_000, 9), line("Not explained", 4_000, 0)];
    let millions = comparison(&Report::default(), 5_000_000, loss);
    assert_sound("compare-millions.html", &millions);
    assert!(millions.contains("\u{2212}\u{2060}$12,345,678.90"));
}

fn bars(values: &[f64], are_levels: bool) -> Evidence {
    let bar = |(at, value): (usize, &f64)| Bar {
        label: format!("{} Jan", at + 5),
        value: *value,
        shown: format!("+${value:.2}").replace("+$-", "\u{2212}$"),
    };
    let bars = values.iter().enumerate().map(bar).collect();
    let title = "By day".to_owned();
    Evidence::Chart(Chart { title, caption: "By UTC day.".to_owned(), shape: Shape::Bars { bars, are_levels } })
}

fn table(days: usize) -> Table {
    let days = (0..days).map(|day| Heading::roomy(&format!("{} Jan", day + 5)));
    let headings: Vec<Heading> = std::iter::once(Heading::names("Market"))
        .chain(days)
        .chain(["P&L", "Trades", "Won"].map(Heading::number))
        .collect();
    let cells = |text: &str| headings.iter().skip(1).map(|_| Cell { text: text.to_owned(), tone: "gain" }).collect();
    let row = |name: String| TableRow { name, beside: "KXTICKER".to_owned(), cells: cells("+$13.33") };
    let rows =
        vec![row("Petrol price, dollars per ten gallons above 30".to_owned()), row(hostile()), row("x".to_owned())];
    let totals = vec![row("All markets".to_owned())];
    Table { caption: "P&L".to_owned(), headings, rows, totals }
}

fn week() -> Review {
    let outlines = Shape::Outlines {
        own: vec![0.0, 0.1, 0.3, 0.25, 0.15, 0.1, 0.05, 0.03, 0.02, 0.0],
        other: vec![0.0, 0.05, 0.25, 0.3, 0.2, 0.1, 0.05, 0.03, 0.01, 0.01],
    };
    let chart = Chart { title: "Confidence".to_owned(), caption: "Dashed: the other.".to_owned(), shape: outlines };
    let question = |question, evidence| Question { question, answer: format!("It was {}.", hostile()), evidence };
    let note =
        NoteRow { time: "8 Jan 18:00".to_owned(), who: "alex".to_owned(), what: "note".to_owned(), text: hostile() };
    Review {
        mode: "live".to_owned(),
        name: hostile(),
        data: hostile(),
        title: "5 Jan to 11 Jan 2026".to_owned(),
        lead: "+$47.22 after $6.24 of fees; 50 trades were closed, 43 won.".to_owned(),
        period: "5 Jan 00:00 to 12 Jan 00:00 UTC.".to_owned(),
        questions: vec![
            question(
                "Which markets, which days?",
                vec![
                    bars(&[-1.7, 13.77, 11.01, 5.01, 12.87, 2.49, 3.76], false),
                    Evidence::Table(table(7)),
                    Evidence::Folded("All markets".to_owned(), table(7)),
                    bars(&[1.0; 24], false),
                ],
            ),
            question("Are the signals those of the back test?", vec![Evidence::Chart(chart), bars(&[197.0; 7], true)]),
        ],
        by_hand: vec![note],
        next_steps: vec![format!("{}.", hostile())],
        keep: "host journal add \"...\" --run alex".to_owned(),
        notes: vec![hostile()],
        definitions: vec![("uptime".to_owned(), "the share of time in which a host ran".to_owned())],
    }
}

#[test]
fn a_review_asks_answers_and_leaves_room_to_conclude() {
    let page = review::html(&week()).expect("a page");
    assert_sound("review.html", &page);
    let place = |text: &str| page.find(text).expect(text);
    assert!(place("<h2>1 Which markets") < place("<h2>2 Are the signals"));
    assert!(place("<h2>What was noted") < place("<h2>What do you conclude?"));
    assert!(place("<span>Change nothing.</span>") < place("<textarea"));
    // Seven short values are written on their bars; long and many ones are not, and not all have a label.
    assert_eq!(page.matches("class=\"say\"").count(), 7);
    assert!(page.contains(">28 Jan: +$1.00<") && !page.contains(">28 Jan<"));
}

#[test]
fn a_review_of_nothing_is_a_page() {
    let empty = Question { question: "Anything?", answer: "No.".to_owned(), evidence: vec![bars(&[], false)] };
    let page = review::html(&Review { questions: vec![empty], ..Review::default() }).expect("a page");
    assert_sound("review-nothing.html", &page);
    assert!(page.contains("Nothing is in the decision journal"));
}
