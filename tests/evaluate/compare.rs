//! `host compare` on runs that the tests make: the case study's tables, and each line against an independent
//! decomposition.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{environment, mean_reversion};

/// Runs mean reversion on paper for twelve days, with the back test of the same period. Returns the comparison.
fn shadowed(environment: &Environment, options: &str) -> Value {
    let args = format!(
        "run --strategy {} --markets 30 --for 12d --set feed.poll=2m --param threshold=1 --shadow-backtest \
         --format json {options}",
        mean_reversion()
    );
    serde_json::from_str(&environment.run(&args).success()).expect("JSON")
}

#[test]
fn each_line_is_that_of_an_independent_decomposition() {
    let mut seen = BTreeSet::new();
    for options in [
        "--seed 5",
        "--fill-model coin --seed 1 --set exchange.fees=kalshi",
        "--fill-model coin --seed 5 --set risk.max_open_positions=30 --set risk.max_portfolio_exposure=900",
    ] {
        let environment = environment();
        let comparison = shadowed(&environment, options);
        let path = environment.write("compared.json", comparison.to_string());
        let names = [0, 1].map(|place| comparison["columns"][place]["name"].as_str().expect("a name").to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/evaluate/decompose.py");
        let mut command = Command::new("python3");
        command.arg(script).args(names.map(|name| environment.path("runs").join(name))).arg(path);
        let output = command.output().expect("Python runs");
        let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{options}: {said}{failed}");
        let lines = said.split(": ").nth(1).unwrap_or_default();
        seen.extend(lines.split_whitespace().map(str::to_owned));
    }
    for line in ["trades-missed", "trades-added", "contracts", "entry-prices", "exit-prices", "fees", "open-positions"]
    {
        assert!(seen.contains(line), "no run had {line}: {seen:?}");
    }
}

#[test]
fn the_table_has_the_case_studys_rows_and_its_lines_add_up_as_shown() {
    let environment = environment();
    let _ = shadowed(&environment, "");
    let latest = environment.run("runs show latest").success();
    assert!(latest.starts_with("run            paper-"), "whoever compares has the run in mind:\n{latest}");
    let made = environment.run("runs show backtest").success();
    assert!(made.contains("\nrepeats        paper-"), "{made}");
    let table = environment.run("compare backtest paper").success();
    for row in ["Total trades", "Win rate", "Average win", "Average loss", "Net P&L", "Max drawdown", "Fill rate"] {
        assert!(table.contains(&format!("\n{row} ")), "no {row}:\n{table}");
    }
    assert!(table.contains("\nMetric") && table.contains("A backtest") && table.contains("B paper"), "{table}");
    assert!(
        table.contains("Not explained") && table.contains("differs: exchange.fill_model: \"instant\" and \"queue\""),
        "{table}"
    );
    let explained = environment.run("compare backtest paper --explain trades-missed --format csv").success();
    assert!(explained.starts_with("from,to,line,part,market,"), "{explained}");
    let sum: f64 = explained.lines().skip(1).map(|line| line.rsplit(',').next().map_or(0.0, number)).sum();
    let json: Value =
        serde_json::from_str(&environment.run("compare backtest paper --format json").success()).expect("");
    let missed = number(json["differences"][0]["split"]["lines"][0]["amount"].as_str().expect("an amount"));
    assert!(missed != 0.0 && (sum - missed).abs() < 1e-9, "{sum} is not {missed}");
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn the_back_test_of_a_run_is_the_run_itself_on_instant_fills() {
    let environment = environment();
    let comparison = shadowed(&environment, "--fill-model instant");
    let split = &comparison["differences"][0]["split"];
    assert_eq!(split["difference"], "0.00", "{split}");
    assert_eq!(split["items"].as_array().map(Vec::len), Some(0), "{split}");
    let [first, second] = [0, 1].map(|place| &comparison["columns"][place]["report"]);
    assert!(first["trades"].as_u64() > Some(0), "nothing was traded");
    for figure in ["trades", "win_rate", "net_pnl", "max_drawdown", "fill_rate", "average_slippage", "signals"] {
        assert_eq!(first[figure], second[figure], "{figure}");
    }
}
