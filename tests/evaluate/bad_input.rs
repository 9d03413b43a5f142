//! Runs that cannot be compared, or only in part: each is told with its cause, and the rest is computed.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::environment::Environment;
use crate::support::strategies::{environment, mean_reversion};
use crate::support::wait::eventually;

/// Makes a short paper run, and returns the folder.
fn paper(environment: &Environment, options: &str) -> PathBuf {
    let args = format!("run --strategy {} --markets 5 --set feed.poll=5m {options}", mean_reversion());
    let said = environment.run(&args).stderr;
    let folder = said.lines().last().and_then(|line| line.strip_prefix("kept in ")).unwrap_or_else(|| panic!("{said}"));
    environment.path(folder)
}

#[test]
fn one_run_or_an_unknown_one_is_refused_with_a_way_out() {
    let environment = environment();
    let folder = paper(&environment, "--for 4d");
    let said = environment.run("compare latest").failure(2);
    assert!(said.contains("--with backtest"), "{said}");
    let said = environment.run("compare latest papr").failure(1);
    assert!(said.contains("there is no run `papr`"), "{said}");
    let said = environment.run("compare latest latest --explain exit-price").failure(2);
    assert!(said.contains("exit-prices"), "{said}");
    environment.write("other/thing", "x");
    let said = environment.run("compare latest other/thing").failure(1);
    assert!(said.contains("no journal of this host"), "{said}");
    fs::write(folder.join("report.json"), "{").expect("a file");
    let said = environment.run("compare latest latest").success();
    assert!(said.contains("figures are made anew"), "{said}");
}

#[test]
fn other_periods_are_cut_and_other_data_stand_side_by_side() {
    let environment = environment();
    let (long, short) = (paper(&environment, "--for 4d"), paper(&environment, "--for 3d"));
    let compared = |one: &PathBuf, other: &PathBuf| {
        environment.run(&format!("compare {} {}", one.display(), other.display())).success()
    };
    let cut = compared(&long, &short);
    assert!(cut.contains("the figures are of the time that all runs share"), "{cut}");
    let later = compared(&long, &paper(&environment, "--for 4d --start 2026-03-02"));
    assert!(later.contains("no time in common") && later.contains("is not split"), "{later}");
    let other = compared(&long, &paper(&environment, "--for 4d --seed 9"));
    assert!(other.contains("they saw other prices") || other.contains("no market in common"), "{other}");
    assert!(other.contains("--with backtest"), "{other}");
}

#[test]
fn a_damaged_journal_and_a_result_without_one_keep_their_figures() {
    let environment = environment();
    let (whole, damaged) = (paper(&environment, "--for 4d"), paper(&environment, "--for 4d --param threshold=1"));
    let journal = damaged.join("run.journal");
    let mut bytes = fs::read(&journal).expect("a journal");
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    fs::write(&journal, bytes).expect("a file");
    let args = format!("compare {} {}", whole.display(), damaged.display());
    let said = environment.run(&args);
    assert!(said.code == Some(0) && said.stdout.contains("damaged") && said.stdout.contains("Total trades"), "{said}");
    let args = format!("compare {} {}/report.json", whole.display(), damaged.display());
    let said = environment.run(&args).success();
    assert!(said.contains("without a journal") && said.contains("is not split"), "{said}");
}

#[test]
fn a_run_that_is_still_written_and_a_journal_of_another_version_say_so() {
    let environment = environment();
    let (whole, other) = (paper(&environment, "--for 4d"), paper(&environment, "--for 4d --param threshold=1"));
    let args = format!("compare {} {}", whole.display(), other.display());
    let lock = fs::File::open(&other).expect("the folder");
    lock.lock().expect("nobody else has it");
    let said = environment.run(&args).success();
    assert!(said.contains("B: it is still being written"), "{said}");
    drop(lock);
    let connection = rusqlite::Connection::open(other.join("run.journal")).expect("a journal");
    connection.pragma_update(None, "user_version", 99).expect("a version");
    drop(connection);
    let said = environment.run(&args).success();
    assert!(said.contains("has schema version 99") && said.contains("only its figures are known"), "{said}");
    let said = environment.run(&format!("review {}", other.display())).failure(1);
    assert!(said.contains("has no journal") || said.contains("schema version 99"), "{said}");
}

#[test]
fn a_run_without_any_trade_is_compared_and_reviewed() {
    let environment = environment();
    let _ = paper(&environment, "--for 4d");
    let _ = paper(&environment, "--for 4d --param threshold=50");
    let names: Vec<String> = fs::read_dir(environment.path("runs"))
        .expect("runs")
        .flatten()
        .map(|run| run.file_name().to_string_lossy().into_owned())
        .collect();
    let said = environment.run(&format!("compare {} {}", names[0], names[1])).success();
    assert!(said.contains("n/a") && said.contains("Not explained"), "{said}");
    let said = environment.run("review latest").success();
    assert!(said.contains("0 trades closed") && said.contains("change nothing"), "{said}");
}

#[test]
fn a_run_that_trades_and_one_that_was_killed_are_compared_up_to_what_is_there() {
    let environment = environment();
    let args = format!(
        "run --strategy {} --markets 10 --for 60d --set feed.poll=5m --param threshold=1 --speed 200000",
        mean_reversion()
    );
    let mut command = environment.command(&args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let compared = || {
        let said = environment.run("compare paper --with backtest");
        (said.code == Some(0)).then_some(said.stdout)
    };
    eventually("a first trade", || {
        let review = environment.run("review paper");
        (review.code == Some(0) && !review.stdout.contains(", 0 trades closed")).then_some(())
    });
    let running = compared().expect("a comparison");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let broken = compared().expect("a comparison");
    for (said, state) in [(running, "it is still being written"), (broken, "it was broken off")] {
        assert!(said.contains(state), "{said}");
        let rest = said.lines().find(|line| line.starts_with("Not explained")).expect("the remainder");
        assert!(rest.ends_with(" $0.00"), "{said}");
    }
}
