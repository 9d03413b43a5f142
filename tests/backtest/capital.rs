//! Capital is a limit in a back test: entries shrink to the cash that is left, and cash never falls below zero.

use std::fmt::Write as _;

use crate::support::strategies::{environment, scripted};
use crate::support::tapes::figures;

/// Runs five buys of 50 at an ask of 0.84, one market after the other, with a capital of 100 dollars.
fn five_buys(options: &str) -> host_report::Report {
    let environment = environment();
    let mut quotes = "time,market,bid,ask,bid_size,ask_size,volume\n".to_owned();
    for row in 0..10_i64 {
        for market in 0..5_i64 {
            let told = if row == 4 + market { 1_001_999 } else { 1_000_000 };
            let time = 1_772_452_800 + 30 * row;
            writeln!(quotes, "{time},M{market}-1,0.80,0.84,5000,5000,{told}").expect("text");
        }
    }
    environment.write("quotes.csv", quotes);
    let markets: String = (0..5).map(|market| format!("M{market}-1,c{market}\n")).collect();
    environment.write("facts.csv", format!("ticker,category\n{markets}"));
    environment.write(
        "host.toml",
        "[capital]\ntarget = 100.0\n[execution]\nsizing = \"fixed 50\"\nentry_pricing = \"cross\"\n",
    );
    let columns = "time=time,market=market,bid=bid,ask=ask,bid_size=bid_size,ask_size=ask_size,volume=volume";
    environment.run(&format!("data import quotes.csv --out tape --markets facts.csv --columns {columns}")).success();
    let run = format!("backtest --strategy {} --tape tape --format json", scripted());
    figures(&environment.run(&format!("{run} {options}")).success())
}

#[test]
fn five_buys_of_42_dollars_spend_no_more_than_the_capital_of_100() {
    for model in ["instant", "touch"] {
        let report = five_buys(&format!("--fill-model {model}"));
        let held: Vec<f64> = report.final_positions.iter().map(|position| position.contracts).collect();
        // Two fit, 84 dollars; the 16 that are left buy 19 more.
        assert_eq!(held, [50.0, 50.0, 19.0], "{model}");
        assert_eq!(report.rejections.get("insufficient_cash"), Some(&2), "{model}: {:?}", report.rejections);
    }
}

#[test]
fn fees_are_part_of_what_an_entry_costs() {
    let report = five_buys("--fill-model instant --set exchange.fees=kalshi");
    let held: Vec<f64> = report.final_positions.iter().map(|position| position.contracts).collect();
    // 0.07 x 50 x 0.84 x 0.16 are 0.4704 twice; 15.0592 are left, and one more costs 0.84 and 0.0095.
    assert_eq!(held, [50.0, 50.0, 17.0]);
    assert_eq!(report.fees.to_string(), "1.1008");
}
