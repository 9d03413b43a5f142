//! Damaged, incomplete or empty tapes: the user learns which file is bad, and keeps the figures up to there.

use std::path::Path;

use crate::support::environment::{Environment, Outcome};
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::{figures, import, quotes_csv};

/// An environment with a tape of ten days and three markets.
fn tape() -> Environment {
    let environment = environment();
    let generate = "data generate --markets 3 --for 10d --poll 5m --seed 1 --start 2026-01-01 --out tape";
    environment.run(generate).success();
    environment
}

fn backtest(environment: &Environment) -> Outcome {
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape --format json --scores scores.csv"))
}

fn change(path: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).expect("a file of the tape");
    how(&mut bytes);
    std::fs::write(path, bytes).expect("changed");
}

#[test]
fn a_tape_damaged_halfway_gives_the_figures_up_to_the_damage() {
    let environment = tape();
    let whole = figures(&backtest(&environment).success());
    let until = "--until 2026-01-06";
    let args = format!("backtest --strategy {RANGE_BUYER} --tape tape --format json {until}");
    let half = figures(&environment.run(&args).success());
    change(&environment.path("tape/quotes/2026-01-06.parquet"), |bytes| bytes.truncate(bytes.len() / 2));
    let outcome = backtest(&environment);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    let said = &outcome.stderr;
    assert!(said.contains("error: the tape cannot be read to its end: the figures end at the damage"), "{said}");
    assert!(said.contains("quotes/2026-01-06.parquet` is truncated or damaged"), "{said}");
    let report = figures(&outcome.stdout);
    assert_eq!((report.updates, report.orders, report.net_pnl), (half.updates, half.orders, half.net_pnl));
    assert!(report.updates < whole.updates);
    let scores = environment.read("scores.csv");
    assert!(scores.lines().last().is_some_and(|line| line.starts_with("2026-01-05T23:55")), "scores up to there");
}

#[test]
fn a_flipped_bit_anywhere_is_detected() {
    let environment = tape();
    let day = environment.path("tape/quotes/2026-01-03.parquet");
    let size = std::fs::read(&day).expect("a day").len();
    for place in (0..12).map(|step| step * (size - 1) / 11) {
        change(&day, |bytes| bytes[place] ^= 4);
        let outcome = backtest(&environment);
        assert_eq!(outcome.code, Some(1), "byte {place}: {outcome}");
        assert!(outcome.stderr.contains("quotes/2026-01-03.parquet"), "byte {place}: {outcome}");
        change(&day, |bytes| bytes[place] ^= 4);
    }
    backtest(&environment).success();
}

#[test]
fn a_tape_with_wrong_metadata_is_refused_before_anything_begins() {
    let check = |file: &str, how: &dyn Fn(&mut Vec<u8>)| {
        let environment = tape();
        change(&environment.path("tape").join(file), how);
        let said = backtest(&environment).failure(1);
        assert!(said.contains(file) && said.contains("hint: "), "{said}");
        assert!(!environment.path("scores.csv").exists());
    };
    for file in ["tape.json", "markets.json"] {
        check(file, &|bytes| bytes.clear());
        check(file, &|bytes| bytes.truncate(bytes.len() / 2));
        check(file, &|bytes| bytes.fill(b'x'));
    }
    // The rows name more markets than the metadata.
    let environment = tape();
    environment.write("tape/markets.json", "[]");
    let said = backtest(&environment).failure(1);
    assert!(said.contains("tape"), "{said}");
}

#[test]
fn a_period_without_rows_is_refused() {
    let environment = tape();
    let refused = |options: &str| {
        environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape --format json {options}")).failure(1)
    };
    let said = refused("--from 2027-01-01");
    assert!(said.contains("no row of the tape tape is in the period --from 2027-01-01T00:00:00.000Z"), "{said}");
    assert!(said.contains("hint: it has rows from 2026-01-0"), "{said}");
    let said = refused("--from 2026-01-05 --until 2026-01-05");
    assert!(said.contains("is in the period --from 2026-01-05T00:00:00.000Z --until 2026-01-05T00:00:00"), "{said}");
    refused("--until 2020-01-01");
    std::fs::create_dir(environment.path("empty")).expect("a folder");
    let said = environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape empty")).failure(1);
    assert!(said.contains("tape.json") && said.contains("hint: "), "{said}");
}

#[test]
fn empty_and_crossed_quotes_trade_nothing() {
    let environment = environment();
    let rows = [(0, 0, 38), (60, 34, 100), (120, 0, 100), (180, 38, 34), (240, 0, 0), (300, 100, 100)];
    import(&environment, &quotes_csv(rows.map(|(second, bid, ask)| (second, "A-1", bid, ask))));
    let report = figures(&backtest(&environment).success());
    assert_eq!((report.updates, report.orders, report.fills), (6, 0, 0), "{:?}", report.rejections);
}

#[test]
fn unwritable_output_paths_are_reported_before_the_run() {
    let environment = tape();
    environment.write("file", "");
    let check = |args: &str, expect: &str| {
        let said = environment.run(&format!("{args} --strategy {RANGE_BUYER}")).failure(1);
        assert!(said.contains(expect), "{args}: {said}");
    };
    check("backtest --tape tape --scores file/scores.csv", "cannot keep the scores");
    check("backtest --tape tape --scores nowhere/scores.csv", "nowhere/scores.csv");
    check("run --for 1h --markets 1 --journal file/j", "cannot keep the journal file/j");
    check("backtest --tape nowhere", "cannot read the tape nowhere");
}
