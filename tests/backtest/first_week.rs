//! The first week of the case study, at a quarter of the capital: its figures come out as it has them.

use crate::support::environment::Environment;
use crate::support::strategies::{environment, scripted};
use crate::support::tapes::figures;

/// Quotes every 30 seconds from noon of 2026-03-02 on: bid and ask in dollars, and what the strategy is told.
type Told = (f64, f64, i64);

const NOTHING: i64 = 1_000_000;
/// Buy with a confidence of 0.6, which is the score of 1.8.
const BUY: i64 = 1_001_600;
const EXIT: i64 = 1_003_000;

/// Returns the report of a run at stage 0.25 over `rows` in one market with the given tick.
fn week(environment: &Environment, tick: &str, rows: &[Told], options: &str) -> host_report::Report {
    let line = |(at, (bid, ask, told)): (usize, &Told)| {
        format!("{},CPI-26MAR-T3,{bid},{ask},{told}\n", 1_772_452_800 + 30 * at)
    };
    let quotes: String = rows.iter().enumerate().map(line).collect();
    environment.write("quotes.csv", format!("time,market,bid,ask,volume\n{quotes}"));
    environment.write("facts.csv", format!("ticker,category,tick\nCPI-26MAR-T3,economics,{tick}\n"));
    let columns = "--columns time=time,market=market,bid=bid,ask=ask,volume=volume";
    environment.run(&format!("data import quotes.csv --out tape --markets facts.csv {columns}")).success();
    let run = format!("backtest --strategy {} --tape tape --set capital.stage=0.25 --format json", scripted());
    figures(&environment.run(&format!("{run} {options}")).success())
}

/// Four clean quotes, the signal, and the ask that comes to the order.
const DAY_1: [Told; 7] = [
    (0.42, 0.44, NOTHING),
    (0.42, 0.44, NOTHING),
    (0.42, 0.44, NOTHING),
    (0.42, 0.44, NOTHING),
    (0.42, 0.44, BUY),
    (0.42, 0.43, NOTHING),
    (0.43, 0.45, NOTHING),
];

#[test]
fn on_day_1_a_score_of_1_8_buys_15_contracts_which_are_0_15_up_in_the_evening() {
    for sizing in ["confidence", "fixed 15"] {
        let environment = environment();
        environment.write("host.toml", format!("[execution]\nsizing = \"{sizing}\"\n"));
        let report = week(&environment, "0.01", &DAY_1, "");
        assert_eq!((report.orders, report.fills, report.trades), (1, 1, 0), "{sizing}");
        assert_eq!(report.final_positions.len(), 1, "{sizing}");
        let position = &report.final_positions[0];
        let price = position.average_price.map(|price| price.to_string());
        assert_eq!((position.contracts, price.as_deref()), (15.0, Some("0.43")), "{sizing}");
        assert_eq!(report.open_pnl.to_string(), "0.15", "{sizing}");
    }
}

#[test]
fn on_day_2_they_are_sold_at_0_455_for_0_375() {
    let day_2 = [
        (0.445, 0.455, NOTHING),
        (0.445, 0.455, EXIT),
        (0.445, 0.455, NOTHING),
        (0.455, 0.46, NOTHING),
        (0.455, 0.46, NOTHING),
    ];
    let rows: Vec<Told> = DAY_1.into_iter().chain(day_2).collect();
    let environment = environment();
    environment.write("host.toml", "[execution]\nentry_pricing = \"inside 2\"\n");
    let report = week(&environment, "0.005", &rows, "");
    assert_eq!((report.orders, report.fills, report.trades, report.wins), (2, 2, 1, 1));
    assert_eq!((report.net_pnl.to_string(), report.final_positions.len()), ("0.375".to_owned(), 0));
}
