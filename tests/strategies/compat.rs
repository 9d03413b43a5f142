//! A released contract never changes, and components built against it load, check and trade for ever.

use serde_json::Value;

use crate::support::strategies::{RANGE_BUYER, REPOSITORY, environment};
use crate::support::tapes::{figures, import, quotes_csv};

#[test]
fn the_released_contract_is_frozen() {
    let read = |file: &str| std::fs::read_to_string(format!("{REPOSITORY}/{file}")).expect("a contract");
    let frozen = read("tests/compat/strategy-1.0.0.wit");
    for copy in ["wit/strategy.wit", "sdk/rust/wit/strategy.wit"] {
        assert!(read(copy) == frozen, "{copy} is no longer trading:strategy@1.0.0: see tests/compat/README.md");
    }
}

#[test]
fn the_component_of_1_0_0_still_describes_itself_the_same() {
    let json = environment().run(&format!("inspect {RANGE_BUYER} --format json")).success();
    let shown: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(shown["sha256"], "b54f64f4208a8fa0dc749ce3d3df0680a8c8116e67cc3bdac348450622096cd3", "it was rebuilt");
    assert_eq!((&shown["has_state"], &shown["manifest"]["feedback"]), (&true.into(), &true.into()));
    let parameters = shown["manifest"]["parameters"].as_array().expect("a list");
    let names: Vec<&str> = parameters.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
    assert_eq!(names, ["buy_below", "exit_above", "wait_rows", "log_fills", "series"]);
}

#[test]
fn the_component_of_1_0_0_still_passes_the_check() {
    let checked = environment().run(&format!("check {RANGE_BUYER} --days 20 --markets 4")).success();
    assert!(!checked.contains("FAIL"), "{checked}");
}

#[test]
fn the_component_of_1_0_0_still_trades_the_same() {
    let environment = environment();
    let rise = |ticker| [(0, ticker, 34, 38), (60, ticker, 34, 35), (120, ticker, 50, 52), (180, ticker, 62, 64)];
    let rows = rise("A-1").into_iter().chain(rise("B-1")).chain([(240, "A-1", 64, 66), (240, "B-1", 64, 66)]);
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    import(&environment, &quotes_csv(rows));
    let run = |options: &str| {
        let args = format!("-v backtest --strategy {RANGE_BUYER} --tape tape --format json {options}");
        let outcome = environment.run(&args);
        let logged = outcome.stderr.lines().filter(|line| line.contains("market ")).count();
        let report = figures(&outcome.success());
        (report.net_pnl.to_string(), report.fills, logged)
    };
    // 50 contracts from 35 to 64 cents in each market. Every fill is logged; the last row brings the last fills.
    assert_eq!(run(""), ("29.00".to_owned(), 4, 4));
    assert_eq!(run("--param log_fills=false"), ("29.00".to_owned(), 4, 0));
    assert_eq!(run("--param series=B"), ("14.50".to_owned(), 2, 2));
    assert_eq!(run("--param wait_rows=2"), ("0.00".to_owned(), 0, 0));
    assert_eq!(run("--param exit_above=0.9"), ("30.00".to_owned(), 2, 2));
    let args = format!("backtest --strategy {RANGE_BUYER} --tape tape --param buy_below=0.7");
    let said = environment.run(&args).failure(5);
    assert!(said.contains("it would leave at once"), "{said}");
}
