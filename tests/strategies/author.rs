//! A crate outside this repository, with the SDK as its only dependency, becomes a strategy that trades.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{build, environment, write_crate};
use crate::support::tapes::{figures, tape};

const SOURCE: &str = include_str!("../support/sources/author.rs");

#[test]
fn a_strategy_outside_the_repository_builds_checks_and_trades() {
    let (environment, tape) = (environment(), tape());
    let folder = write_crate(&environment, "author", SOURCE);
    let strategy = build(&folder);
    let shown: Value =
        serde_json::from_str(&environment.run(&format!("inspect {strategy} --format json")).success()).expect("JSON");
    assert_eq!((&shown["manifest"]["name"], &shown["has_state"]), (&"author".into(), &false.into()));
    assert_eq!(shown["manifest"]["parameters"][0]["doc"], "Buy below this price, in dollars.");
    let checked = environment.run(&format!("check {strategy}")).success();
    assert!(checked.contains("deterministic") && !checked.contains("FAIL"), "{checked}");
    let args = format!("backtest --strategy {strategy} --tape {} --format json --fill-model instant", tape.path());
    let usual = figures(&environment.run(&args).success());
    assert!(usual.fills > 0 && usual.by_strategy[0].name == "author", "{usual:?}");
    let picky = figures(&environment.run(&format!("{args} --param below=0.05")).success());
    assert_ne!((picky.signals, picky.fills), (usual.signals, usual.fills), "the parameter decides");
    let said = environment.run(&format!("{args} --param below=2")).failure(1);
    assert!(said.contains("below") && said.contains("0..1"), "{said}");
}

#[test]
fn the_same_crate_in_another_folder_is_not_built_again() {
    let (one, other) = (environment(), environment());
    let first = build(write_crate(&one, "author", SOURCE));
    let second = build(write_crate(&other, "author", SOURCE));
    assert_eq!(first, second);
    let changed = build(write_crate(&other, "author", &SOURCE.replace("0.3", "0.35")));
    assert_ne!(first, changed, "a changed source is another strategy");
}

#[test]
fn a_strategy_that_looks_ahead_fails_the_check() {
    let environment = environment();
    let strategy = build(write_crate(&environment, "ahead", include_str!("../support/sources/ahead.rs")));
    let outcome = environment.run(&format!("check {strategy}"));
    assert_eq!(outcome.code, Some(5), "{outcome}");
    assert!(
        outcome.stdout.contains("FAIL")
            && outcome.stderr.contains("error: ahead fails 3 of the checks\n  `the same decisions row by row`"),
        "{outcome}"
    );
}

/// Runs the binary with the user's own environment, in which a compiler is sure to be found, but with other settings.
fn host(environment: &Environment, args: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(args.split_whitespace()).current_dir(environment.path(""));
    command.env("XDG_CONFIG_HOME", environment.path("config")).output().expect("the binary runs")
}

/// Writes the crate `name` and trusts it.
fn trusted_crate(environment: &Environment, name: &str, source: &str) {
    write_crate(environment, name, source);
    assert!(host(environment, &format!("trust folder {name}")).status.success());
}

#[test]
fn a_crate_folder_is_accepted_wherever_a_component_is() {
    let environment = environment();
    trusted_crate(&environment, "author", SOURCE);
    let output = host(&environment, "run --strategy author --for 2h --markets 3 --journal j");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("Paper trading on SYNTHETIC markets\n")
            && said.contains("\njournal: j\n"),
        "{said}"
    );
}

#[test]
fn a_crate_that_does_not_compile_shows_the_compilers_message() {
    let environment = environment();
    trusted_crate(&environment, "broken", "pub fn f() -> i32 { \"text\" }\n");
    let refused = |args: &str| {
        let output = host(&environment, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
        said
    };
    let said = refused("build broken");
    assert!(said.contains("does not compile") && said.contains("mismatched types"), "{said}");
    // Errors that are quick to find come before a build that takes a minute.
    let said = refused("backtest --strategy broken --tape nowhere");
    assert!(said.contains("cannot read the tape nowhere"), "{said}");
}
