//! `host review` on runs that the tests make: against numpy and scipy, and what it says to people.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::python::python_with;
use crate::support::strategies::{environment, mean_reversion};

const PACKAGES: [&str; 2] = ["numpy==2.4.6", "scipy==1.17.1"];

/// Makes a paper run of 18 days and the back test of the same period.
fn runs(environment: &Environment) {
    let args = format!(
        "run --strategy {} --markets 20 --for 18d --set feed.poll=2m --param threshold=1 --shadow-backtest \
         --format csv",
        mean_reversion()
    );
    let _ = environment.run(&args).success();
}

/// The name of the run of a mode.
fn run_of(environment: &Environment, mode: &str) -> String {
    let runs = std::fs::read_dir(environment.path("runs")).expect("runs").flatten();
    let mut names = runs.map(|run| run.file_name().to_string_lossy().into_owned());
    names.find(|name| name.starts_with(mode)).expect("a run")
}

#[test]
fn numpy_and_scipy_agree() {
    if std::env::var_os("HOST_SKIP_QUANTSTATS").is_some() {
        println!("skipped: HOST_SKIP_QUANTSTATS is set");
        return;
    }
    let python = python_with("scipy", &PACKAGES, &[])
        .unwrap_or_else(|why| panic!("scipy cannot be had (`HOST_SKIP_QUANTSTATS=1` goes without it): {why}"));
    let environment = environment();
    runs(&environment);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/evaluate/review.py");
    let args = "review paper --against backtest --from 2026-01-05 --format json";
    environment.write("review.json", environment.run(args).success());
    let folders = ["paper", "backtest"].map(|mode| environment.path("runs").join(run_of(&environment, mode)));
    let mut command = Command::new(python);
    let output = command.arg(script).args(folders).arg(environment.path("review.json")).output().expect("Python runs");
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("agreed on"), "{said}{failed}");
}

#[test]
fn nine_periods_have_a_trend_and_a_week_begins_on_monday() {
    let environment = environment();
    runs(&environment);
    let json = environment.run("review paper --from 2026-01-21 --until 2026-01-23 --format json").success();
    let review: Value = serde_json::from_str(&json).expect("JSON");
    let periods = review["execution"]["periods"].as_array().expect("periods");
    assert_eq!((periods.len(), &periods[0]["from"]), (9, &Value::from("2026-01-05T00:00:00.000Z")));
    let rates: Vec<f64> = periods.iter().filter_map(|period| period["fill_rate"].as_f64()).collect();
    let (n, mean) = (rates.len() as f64, rates.iter().sum::<f64>() / rates.len() as f64);
    let across: f64 = (0..rates.len()).map(|at| (at as f64 - (n - 1.0) / 2.0).powi(2)).sum();
    let up: f64 = rates.iter().enumerate().map(|(at, rate)| (at as f64 - (n - 1.0) / 2.0) * (rate - mean)).sum();
    let trend = review["execution"]["trend"]["fill_rate"].as_f64().expect("a trend");
    assert!((trend - up / across).abs() < 1e-12, "{trend} is not {}", up / across);
    let week = environment.run("review paper --week 2026-W03").success();
    assert!(week.starts_with("Review of paper (paper): 2026-01-12 00:00 to 2026-01-19 00:00 UTC\n"), "{week}");
    for answer in ["P&L: ", "Execution: ", "Refusals: ", "System: ", "Signals: ", "People: ", "Next steps: "] {
        assert!(week.contains(&format!("\n{answer}")), "no {answer}:\n{week}");
    }
    // Without a period it is the last week that was traded.
    let last = environment.run("review paper").success();
    assert!(last.contains("2026-01-19 00:00 to 2026-01-23 00:00 UTC, a part of the period"), "{last}");
    let against = environment.run("review paper --against backtest").success();
    assert!(against.contains("against 100 % assumed: the fill model flatters"), "{against}");
}

#[test]
fn a_period_without_trading_and_a_result_without_a_journal_are_refused() {
    let environment = environment();
    runs(&environment);
    let said = environment.run("review paper --week 2025-W31").failure(1);
    assert!(said.contains("did not trade between") && said.contains("it traded from 2026-01-05"), "{said}");
    let said = environment.run("review paper --week 31").failure(2);
    assert!(said.contains("such as 2026-W31"), "{said}");
    let report = environment.path("runs").join(run_of(&environment, "paper")).join("report.json");
    let said = environment.run(&format!("review {}", report.display())).failure(1);
    assert!(said.contains("has no journal"), "{said}");
}
