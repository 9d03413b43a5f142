//! `host data generate`: synthetic tapes that are repeatable from their seed, and never left unfinished.

use std::process::Stdio;

use crate::support::environment::Environment;
use crate::support::process::signal;
use crate::support::small_disk;
use crate::support::strategies::environment;
use crate::support::wait::eventually;

/// Generates a tape of three markets and two days.
const GENERATE: &str = "data generate --markets 3 --for 2d --poll 5m --seed 7 --out";

#[test]
fn a_generated_tape_is_synthetic_and_the_same_for_the_same_seed() {
    let environment = Environment::new();
    insta::assert_snapshot!(environment.run(&format!("{GENERATE} one")), @"
    exit Some(0)
    --- stdout
    --- stderr
    wrote one: 1,728 rows of 4 synthetic markets
    ");
    let shown = environment.run("data info one").success();
    assert!(shown.contains("SYNTHETIC: synthetic markets, seed 7"), "{shown}");
    environment.run(&format!("{GENERATE} two")).success();
    for file in ["tape.json", "markets.json"] {
        assert_eq!(environment.read(&format!("one/{file}")), environment.read(&format!("two/{file}")));
    }
    let json = |tape: &str| environment.run(&format!("data info {tape} --format json")).success();
    assert_eq!(json("one"), json("two"));
    environment.run("data generate --markets 3 --for 2d --poll 5m --seed 8 --out three").success();
    assert_ne!(json("one"), json("three"));
}

#[test]
fn a_world_with_another_overreaction_has_other_prices_and_says_so() {
    let environment = Environment::new();
    environment.run(&format!("{GENERATE} usual")).success();
    environment.run(&format!("{GENERATE} same --overreaction 0.55")).success();
    environment.run(&format!("{GENERATE} sober --overreaction 0")).success();
    let json = |tape: &str| environment.run(&format!("data info {tape} --format json")).success();
    assert_eq!(json("usual"), json("same"));
    assert_ne!(json("usual"), json("sober"));
    let shown = environment.run("data info sober").success();
    assert!(shown.contains("SYNTHETIC: synthetic markets, seed 7, overreaction 0"), "{shown}");
}

#[test]
fn ctrl_c_ends_a_generation_and_leaves_nothing_behind() {
    let environment = Environment::new();
    let files = || std::fs::read_dir(environment.path("")).expect("the folder").count();
    let mut command = environment.command("data generate --out tape");
    let child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
    // The hidden folder that it writes to is made after it listens for signals.
    eventually("it begins", || (files() > 0).then_some(()));
    signal(&child, "INT");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), files()), (Some(130), 0), "{said}");
    assert!(said.contains("stopped by Ctrl-C: no tape was written"), "{said}");
}

#[test]
fn a_full_disk_is_reported_and_leaves_no_partial_tape() {
    let environment = Environment::new();
    let generate = "data generate --markets 20 --for 10d --out full/tape";
    let Some(output) = small_disk::run(&environment, "200k", "full", generate) else { return };
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the disk is full"), "{said}");
    let left = std::fs::read_dir(environment.path("kept")).expect("the folder").count();
    assert_eq!((left, output.stdout.len()), (0, 0), "something is left on the disk");
}

#[test]
fn a_full_disk_late_in_a_long_generation_leaves_nothing() {
    let environment = environment();
    let Some(filled) =
        small_disk::fill(&environment, "300k", "data generate --markets 20 --for 30d --poll 5m --out full/tape")
    else {
        return;
    };
    assert!(filled.stderr.contains("the disk is full"), "{}", filled.stderr);
    assert_eq!((filled.left.len(), filled.stdout.as_str()), (0, ""), "{:?}", filled.left);
}
