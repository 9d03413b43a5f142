//! Strategies that misbehave: the host exits with 5 and the strategy's own message, and keeps what was computed before.

use std::sync::OnceLock;

use crate::paper::journal;
use crate::support::environment::{Environment, Outcome};
use crate::support::strategies::{RANGE_BUYER, build, environment, write_crate};
use crate::support::tapes::{figures, import, quotes_csv};

/// Polls per day on the tape below.
const POLLS: i64 = 300;

/// The component of a strategy that misbehaves as its parameters tell it.
fn hostile() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = include_str!("../support/sources/hostile.rs");
        build(write_crate(&environment(), "hostile", source))
    })
}

/// An environment with a tape of one market and two days, with a poll a minute for the first five hours of each.
pub fn tape() -> Environment {
    let environment = environment();
    let day = |day: i64| {
        (0..POLLS).map(move |minute| {
            let bid = 40 + minute % 3;
            (day * 86_400 + minute * 60, "A-1", bid, bid + 2)
        })
    };
    import(&environment, &quotes_csv(day(0).chain(day(1))));
    environment
}

fn backtest(fault: &str, after: i64) -> Outcome {
    let args = format!("backtest --strategy {} --param fault={fault} --param after={after} --tape tape", hostile());
    tape().run(&format!("{args} --format json"))
}

/// Asserts exit code 5 and returns the error message, without the names of functions, which depend on the compiler.
#[track_caller]
fn told(outcome: &Outcome) -> String {
    assert_eq!(outcome.code, Some(5), "{outcome}");
    let said = &outcome.stderr[outcome.stderr.find("error: ").expect("an error")..];
    let lines = said.lines().map(|line| line.find(" [in ").map_or(line, |place| &line[..place]));
    lines.map(|line| format!("{line}\n")).collect::<String>().replace(hostile(), "hostile.wasm")
}

#[test]
fn a_panic_ends_the_run_with_its_message_and_keeps_the_figures() {
    let outcome = backtest("panic", 400);
    insta::assert_snapshot!(told(&outcome), @"
    error: the strategy `hostile` failed, and the run ended there: panicked at src/lib.rs:72:24:
      row 401 was one too many
      its last log lines:
        info: row 100
        info: row 200
        info: row 300
        info: row 400
        error: panicked at src/lib.rs:72:24:
        error: row 401 was one too many
    ");
    // The first day was complete before the fault.
    let report = figures(&outcome.stdout);
    assert_eq!((report.faults, report.fills > 0), (1, true), "{}", outcome.stdout);
    assert!(report.updates >= POLLS as u64, "{}", report.updates);
}

#[test]
fn orders_from_before_a_fault_are_kept() {
    // Whatever the fault, the orders of the first day are the same.
    let orders = |outcome: Outcome| {
        let report = figures(&outcome.stdout);
        (report.orders, report.fills, report.by_day[0].clone())
    };
    let good = figures(&tape().run(&format!("backtest --strategy {} --tape tape --format json", hostile())).success());
    for fault in ["panic", "loop", "memory", "nan", "row", "error"] {
        let (placed, filled, first_day) = orders(backtest(fault, 400));
        assert!(placed > 0 && filled > 0 && placed <= good.orders, "{fault}: {placed} orders");
        assert_eq!(first_day.fills, good.by_day[0].fills, "{fault}");
    }
}

#[test]
fn every_kind_of_fault_is_named() {
    let check = |fault: &str, expect: &[&str]| {
        let said = told(&backtest(fault, 400));
        for expect in expect {
            assert!(said.contains(expect), "{fault} does not say `{expect}`:\n{said}");
        }
        assert!(said.contains("the strategy `hostile` failed, and the run ended there: "), "{said}");
    };
    check("loop", &["used up its", "an endless loop", "`fuel_per_row`", "info: row 400"]);
    check("memory", &["the limit `memory_bytes` allows 268435456"]);
    check("nan", &["has confidence NaN, not within 0..1"]);
    check("row", &["answers row 4294967295, but the batch has"]);
    check("error", &["I will not decide row 401"]);
}

#[test]
fn a_fault_in_init_leaves_nothing_behind() {
    let said = |fault: &str| told(&backtest(fault, -1));
    insta::assert_snapshot!(said("loop"), @"
    error: hostile.wasm failed in `init`: used up its 1000000000 fuel: an endless loop, or more work than the limit `fuel_start` allows
    ");
    insta::assert_snapshot!(said("panic"), @"
    error: hostile.wasm failed in `init`: panicked at src/lib.rs:72:24:
      row 0 was one too many
      its last log lines:
        error: panicked at src/lib.rs:72:24:
        error: row 0 was one too many
    ");
    insta::assert_snapshot!(said("error"), @"
    error: hostile.wasm failed in `init`: I will not start so
    ");
    assert!(said("memory").contains("the limit `memory_bytes` allows"));
    assert_eq!(backtest("loop", -1).stdout, "");
    // A paper run begins no journal for a strategy that does not start.
    let environment = environment();
    let args = format!("run --strategy {} --param fault=panic --param after=-1", hostile());
    assert_eq!(environment.run(&args).code, Some(5));
    assert!(!environment.path("runs").exists());
}

#[test]
fn a_paper_run_keeps_its_journal_when_its_strategy_fails() {
    let environment = environment();
    let args = format!(
        "run --strategy {} --param fault=panic --param after=6000 --history 0s --for 1d --markets 4",
        hostile()
    );
    let outcome = environment.run(&format!("{args} --journal j --format json"));
    assert!(told(&outcome).contains("row 6001 was one too many"), "{outcome}");
    let report = figures(&outcome.stdout);
    assert!(report.faults == 1 && report.orders > 0, "{}", outcome.stdout);
    journal::check(&environment.path("j"), &report);
}

#[test]
fn the_fault_of_one_strategy_stops_no_other() {
    let environment = tape();
    let both = format!("--strategy {} --strategy {RANGE_BUYER} --param range-buyer.buy_below=0.5", hostile());
    let with = |fault: &str| {
        let own = format!("--param hostile.fault={fault} --param hostile.after=400");
        environment.run(&format!("backtest {both} {own} --tape tape --format json --fill-model instant"))
    };
    let (good, bad) = (figures(&with("none").success()), with("panic"));
    let said = told(&bad);
    assert!(said.contains("the strategy `hostile` failed, and the others went on: panicked at"), "{said}");
    assert!(said.contains("row 401 was one too many"), "{said}");
    let bad = figures(&bad.stdout);
    assert_eq!((bad.updates, bad.faults), (2 * POLLS as u64, 1));
    assert_eq!(bad.by_strategy[1], good.by_strategy[1], "the other one");
}
