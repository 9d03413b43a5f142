//! Back tests on recordings of real markets. They carry no licence and are not part of this repository: where
//! `HOST_REAL_DATA` does not lead to them, these tests are skipped.

use std::path::{Path, PathBuf};

use crate::support::environment::Environment;
use crate::support::strategies::{REPOSITORY, environment, mean_reversion};
use crate::support::tapes::figures;

/// Returns the folder `name` of the recordings; none if there is none.
fn recordings(name: &str) -> Option<PathBuf> {
    let given = std::env::var_os("HOST_REAL_DATA").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(REPOSITORY).join("../shared/data")).join(name);
    if !folder.is_dir() {
        println!("skipped: no real data");
        return None;
    }
    Some(folder.canonicalize().expect("it is there"))
}

/// Imports the recordings of `folder`; returns what `host data info` says of the tape.
fn import(environment: &Environment, folder: &Path, columns: &str, rest: &str) -> serde_json::Value {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("readable").flatten().map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "gz"));
    files.sort();
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    environment.run(&format!("data import {} --out tape --columns {columns} {rest}", files.join(" "))).success();
    let shown = environment.run("data info tape --format json").success();
    serde_json::from_str(&shown).expect("JSON")
}

/// Back tests mean reversion and asserts that its figures agree with each other.
fn backtest(environment: &Environment, options: &str) -> host_report::Report {
    let args =
        format!("backtest --strategy {} --tape tape --format json --scores scores.csv {options}", mean_reversion());
    let report = figures(&environment.run(&args).success());
    let scores = environment.read("scores.csv").lines().count() - 1;
    assert!(report.updates > 0 && scores > 1_000 && scores as u64 <= report.updates, "{scores} of {}", report.updates);
    assert!(report.orders > 0 && report.trades > 0, "{report:?}");
    assert_eq!(report.net_pnl.0.0, report.realised_pnl.0.0 + report.open_pnl.0.0);
    report
}

#[test]
fn mean_reversion_trades_recorded_weather_markets() {
    let Some(folder) = recordings("kalshi_kxhighny") else { return };
    let environment = environment();
    let columns = "time=timestamp,market=market_ticker,bid=best_yes_bid,ask=implied_yes_ask";
    let results = folder.join("results_derived_from_last_quote.csv");
    let rest = format!("--price-unit cents --timezone America/Los_Angeles --markets {}", results.display());
    let info = import(&environment, &folder, columns, &rest);
    assert_eq!((&info["events"], &info["markets"], &info["settlements"]), (&14.into(), &84.into(), &84.into()));
    assert!(info["rows"].as_u64() > Some(570_000), "{info}");
    // An event lives for about 29 hours, so the parameters of the case study are scaled down.
    let scaled = "--param ema_span_hours=2 --param min_history_hours=3 --param event_blackout_days=0.1";
    let report = backtest(&environment, &format!("--poll 30s {scaled}"));
    assert!(report.final_positions.is_empty(), "every market has settled: {:?}", report.final_positions);
    assert_eq!(report.faults, 0);
}

#[test]
fn mean_reversion_trades_a_recorded_fed_market() {
    let Some(folder) = recordings("polymarket_fed") else { return };
    let environment = environment();
    let slug = "fed-decreases-interest-rates-by-25-bps-after-december-2025-meeting";
    let columns = "time=timestamp,bid=best_bid_price,ask=best_ask_price,bid_size=best_bid_size,ask_size=best_ask_size";
    let market = format!("{columns},market=\"{slug}\"");
    let info = import(&environment, &folder, &market, &format!("--markets {}", folder.join("market.json").display()));
    assert_eq!((&info["rows"], &info["markets"]), (&3_972.into(), &1.into()));
    // The event is six weeks away and the recording ends before it: entries must be allowed that early.
    let report = backtest(&environment, "--poll 5m --param max_days_to_event=100");
    assert!(report.rejections.is_empty() || report.orders > 0, "{:?}", report.rejections);
}
