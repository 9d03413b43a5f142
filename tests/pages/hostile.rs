//! Texts of strangers stay text: titles, tickers, categories, reasons.

use crate::browser::look;
use crate::markup::Page;
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::quotes_csv;

/// A title that wants to be markup, in two directions of writing, of 300 characters without a place to break.
fn title() -> String {
    let markup =
        "<script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{202c}&amp;'\"`";
    let rest = 300 - markup.chars().count();
    format!("{markup}{}", "W".repeat(rest))
}

#[test]
fn a_hostile_title_wraps_and_stays_text() {
    let environment = environment();
    let ticker = "T".repeat(90);
    let quotes = quotes_csv((0..200).map(|poll| (poll * 30, "FED", 30 + poll % 40, 32 + poll % 40)));
    environment.write("quotes.csv", quotes.replace("FED", &ticker));
    let quoted = title().replace('"', "\"\"");
    environment.write("markets.csv", format!("ticker,title,category\n{ticker},\"{quoted}\",<b>fed\n"));
    environment.run("data import quotes.csv --markets markets.csv --out tape --price-unit cents").success();
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    environment.run("report latest --html hostile.html").success();
    let page = Page::new(environment.read("hostile.html"));
    assert!(page.html().contains("&lt;script&gt;alert(1)") || page.html().contains("&#60;script&#62;alert(1)"));
    assert!(!page.html().contains("<script") && !page.html().contains("<img"));
    if let Some(found) = look(&environment.path("hostile.html")) {
        found.assert_reads_well();
        let shown = title().replace('\u{202e}', "\\u{202e}").replace('\u{202c}', "\\u{202c}");
        assert!(found.text().contains(&shown), "the title is not as it was written");
    }
}
