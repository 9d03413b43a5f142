//! No figure of a back test comes from a decision that took later rows into account, however a strategy hides that.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::environment::{Environment, Outcome};
use crate::support::strategies::{average, build, calendar_spread, environment, mean_reversion, write_crate};
use crate::support::tapes::tape;

fn cheat() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let environment = Environment::new();
        build(write_crate(&environment, "cheat", include_str!("../support/sources/cheat.rs")))
    })
}

fn teller() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let environment = Environment::new();
        build(write_crate(&environment, "teller", include_str!("../support/sources/teller.rs")))
    })
}

/// An environment with a tape of five markets, polled every two minutes: more than 100,000 rows.
fn environment_with_tape() -> Environment {
    let environment = environment();
    let args = "data generate --markets 5 --for 31d --poll 2m --seed 3 --start 2026-01-01 --out tape";
    environment.run(args).success();
    environment
}

/// A small tape for what is said of a run.
fn small() -> Environment {
    let environment = environment();
    environment.run("data generate --markets 5 --for 4d --poll 2m --seed 3 --start 2026-01-01 --out tape").success();
    environment
}

fn backtest(environment: &Environment, options: &str) -> Outcome {
    environment.run(&format!("backtest --strategy {} --tape tape {options}", cheat()))
}

fn kept_runs(environment: &Environment) -> Vec<Value> {
    serde_json::from_str(&environment.run("runs list --format json").success()).expect("JSON")
}

/// Asserts that a run failed because its strategy looks ahead, and showed no figure.
#[track_caller]
fn assert_looks_ahead(outcome: Outcome) -> String {
    let said = outcome.failure(5);
    assert!(said.contains("error: the strategy `cheat` looks ahead: without later rows, its decision on"), "{said}");
    assert!(said.contains("\n  in a batch of ") && said.contains("\n  polls were cut by the seed "), "{said}");
    said
}

#[test]
fn whoever_looks_ahead_has_no_figures() {
    let environment = environment_with_tape();
    // By ticker, length, number of markets and interval: these pass the check, which they recognise.
    for way in 1..=4 {
        environment.run(&format!("check {} --param way={way}", cheat())).success();
    }
    for way in 1..=14 {
        assert_looks_ahead(backtest(&environment, &format!("--param way={way}")));
    }
    assert_eq!(kept_runs(&environment), Vec::<Value>::new());
}

/// A fault says something too: it must come at the same poll without later rows.
#[test]
fn whoever_fails_because_of_later_rows_looks_ahead() {
    let environment = environment_with_tape();
    let run = |way: u32| environment.run(&format!("backtest --strategy {} --tape tape --param way={way}", teller()));
    for way in 2..=4 {
        let outcome = run(way);
        let said = "error: the strategy `teller` looks ahead: without later rows, its decision on";
        assert!(outcome.code == Some(5) && outcome.stderr.contains(said), "{outcome}");
        assert_eq!(outcome.stdout, "");
    }
    assert_eq!(kept_runs(&environment), Vec::<Value>::new());
    let honest = run(0).success();
    assert!(honest.contains("Proof     no look-ahead: "), "{honest}");
    // What was shown again to the instance that was made again does not count twice.
    let failed = run(1);
    assert_eq!(failed.code, Some(5), "{failed}");
    let (_, count) = failed.stdout.split_once("Proof     no look-ahead: ").expect("a proof");
    let (count, _) = count.split_once(" of ").expect("a count");
    assert!((89_990..=90_000).contains(&count.replace(',', "").parse::<u64>().expect("a number")), "{failed}");
}

#[test]
fn whoever_does_not_is_proven_wherever_polls_are_cut() {
    let (environment, tape) = (environment(), tape());
    for strategy in [mean_reversion(), calendar_spread(), average(), cheat()] {
        for seed in ["0", "5eed", "ffffffffffffffff"] {
            let options = format!("--no-journal --format json --proof-seed {seed}");
            let shown = environment.run(&format!("backtest --strategy {strategy} --tape {} {options}", tape.path()));
            let shown: Value = serde_json::from_str(&shown.success()).expect("JSON");
            assert!(shown["updates"].as_u64() > Some(10_000));
            assert_eq!(shown["proof"], json!({ "look_ahead": "none", "decisions": shown["updates"] }));
        }
    }
}

#[test]
fn a_failed_proof_is_repeated_by_its_seed() {
    let environment = small();
    let said = assert_looks_ahead(backtest(&environment, "--param way=13"));
    let (_, seed) = said.split_once("cut by the seed ").expect("a seed");
    let (seed, _) = seed.split_once('\n').expect("a line");
    let again = assert_looks_ahead(backtest(&environment, &format!("--param way=13 --proof-seed {seed}")));
    assert_eq!(said, again);
}

#[test]
fn figures_without_a_proof_say_so_wherever_they_stand() {
    let environment = small();
    let text = backtest(&environment, "--param way=1 --no-proof").success();
    let said = "\nProof     not proven (--no-proof): decisions may depend on later rows\n";
    assert!(text.contains(said), "{text}");
    assert_eq!(kept_runs(&environment)[0]["proof"]["look_ahead"], "not_proven");
    assert!(environment.run("runs list").success().contains("ended, not proven"));
    assert!(environment.run("report latest").success().contains(said));
    let compared = environment.run("compare latest latest").success();
    assert!(compared.contains("note: A: run with --no-proof: its decisions may depend on later rows"), "{compared}");
    environment.run("report latest --html page.html").success();
    assert!(environment.read("page.html").contains("do without later prices (--no-proof)"));
    // What is derived from it is proven, or made poll by poll: then nobody can look ahead.
    assert_looks_ahead(environment.run("compare latest --with backtest"));
    let honest = backtest(&environment, "").success();
    assert!(honest.contains("decisions the same\n"), "{honest}");
    let runs = kept_runs(&environment);
    let journal = format!("{}/run.journal", runs.last().and_then(|run| run["folder"].as_str()).expect("a folder"));
    let replayed = environment.run(&format!("replay {journal} --param way=1 --format json")).success();
    let replayed: Value = serde_json::from_str(&replayed).expect("JSON");
    assert_eq!((&replayed["differing_rows"], &replayed["fault"]), (&json!(0), &Value::Null), "{replayed}");
}

#[test]
fn paper_runs_and_the_check_on_a_tape_prove_too() {
    let environment = small();
    let run = format!("run --strategy {} --markets 5 --for 3d --journal j", cheat());
    assert_looks_ahead(environment.run(&format!("{run} --param way=1")));
    assert!(!environment.path("j").exists());
    let text = environment.run(&run).success();
    assert!(text.contains("\nProof     no look-ahead: "), "{text}");
    let check = format!("check {} --tape tape --markets 2 --days 4", cheat());
    let outcome = environment.run(&format!("{check} --param way=1"));
    let name = "the same decisions on the tape without later rows";
    let fails = outcome.stdout.lines().any(|line| line.starts_with(name) && line.contains("FAIL"));
    assert!(outcome.code == Some(5) && fails && !outcome.stdout.contains("back test with"), "{outcome}");
    assert!(environment.run(&check).success().lines().any(|line| line.starts_with(name) && line.contains("pass")));
}

#[test]
fn a_check_has_a_budget_and_says_what_it_did_not_reach() {
    let environment = environment();
    environment.run(&format!("check {}", mean_reversion())).success();
    let outcome = environment.run(&format!("check {} --markets 100 --days 100 --budget 1s", mean_reversion()));
    assert_eq!(outcome.code, Some(5), "{outcome}");
    // What the check did not reach, it did not find: the result of the last whole one stays.
    let run = environment.run(&format!("run --strategy {} --for 1d", mean_reversion()));
    assert!(run.code == Some(0) && run.stderr.contains("checks   passed all 8 on "), "{run}");
    assert!(
        outcome.stderr.contains("not reached: at row ") && outcome.stderr.contains(" the 1 s of the check were over")
    );
    let said = environment.run(&format!("check {} --markets 1000 --days 400", mean_reversion())).failure(2);
    assert!(said.contains("have 115,200,000 rows") && said.contains("it holds up to 8,000,000"), "{said}");
}
