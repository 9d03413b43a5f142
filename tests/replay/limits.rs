//! A journal is a file like any other: what it asks of the sandbox beyond the user's own limits, it does not get.

use rusqlite::Connection;

use crate::ran;
use crate::support::environment::Environment;
use crate::support::strategies::RANGE_BUYER;

/// The note about a limit, as far as it is the same for every run.
fn note(key: &str, asked: &str, most: &str) -> String {
    format!("had sandbox.{key} = {asked}, and yours is {most}, which holds: `--set` allows more")
}

/// The name of the latest paper run that is kept in `environment`: names begin with the time.
fn latest_run(environment: &Environment) -> String {
    let folders = std::fs::read_dir(environment.path("runs")).expect("runs");
    let names = folders.map(|entry| entry.expect("a run").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("paper-")).max().expect("a run")
}

#[test]
fn no_journal_widens_a_limit() {
    let environment = ran(&[RANGE_BUYER], "--for 2d --markets 5");
    let plain = environment.run("replay j");
    assert!(plain.stdout.contains("identical") && !plain.stderr.contains("note: "), "{plain}");
    // A stranger's journal asks for the whole machine: a stack of a terabyte would end the host, if it were made.
    let journal = Connection::open(environment.path("j")).expect("a database");
    let ask = "UPDATE events SET body = json_set(body, '$.sandbox.memory_bytes', 1000000000000, \
               '$.sandbox.stack_bytes', 1000000000000, '$.sandbox.call_ms', 3600000) WHERE seq = 1";
    assert_eq!(journal.execute(ask, []).expect("it can be done"), 1);
    drop(journal);
    let told = environment.run("replay j");
    assert!(told.stdout.contains("identical"), "{told}");
    for (key, asked, most) in [
        ("memory_bytes", "1,000,000,000,000", "268,435,456"),
        ("stack_bytes", "1,000,000,000,000", "524,288"),
        ("call_ms", "3,600,000", "2,000"),
    ] {
        assert!(told.stderr.contains(&note(key, asked, most)), "{told}");
    }
    assert_eq!(told.stderr.matches("note: the journal's run had").count(), 3, "{told}");
}

#[test]
fn the_users_limits_hold_in_every_way_to_run_what_a_journal_keeps() {
    let environment = ran(&[RANGE_BUYER], "--for 2d --markets 5");
    environment.run(&format!("run --strategy {RANGE_BUYER} --for 2d --markets 5 -q")).success();
    // No strategy starts with so little memory: one that does has got the journal's limits.
    let little = "--set sandbox.memory_bytes=1000";
    let holds = |args: &str, run: &str| {
        let outcome = environment.run(&format!("{args} {little}"));
        assert!(![Some(0), Some(101), None].contains(&outcome.code) && outcome.stderr.contains("memory"), "{outcome}");
        let told = format!("note: {run} {}", note("memory_bytes", "268,435,456", "1,000"));
        assert!(outcome.stderr.contains(&told), "{outcome}");
    };
    holds("replay j", "the journal's run");
    holds("replay j --param wait_rows=1", "the journal's run");
    holds(&format!("replay j --strategy {RANGE_BUYER}"), "the journal's run");
    holds("compare latest --with backtest", &latest_run(&environment));
}

#[test]
fn a_component_beside_a_journal_is_the_one_that_the_journal_names() {
    let environment = crate::support::strategies::environment();
    environment.run(&format!("run --strategy {RANGE_BUYER} --for 1d --markets 3 -q")).success();
    let run = format!("runs/{}", latest_run(&environment));
    let journal = Connection::open(environment.path(&run).join("run.journal")).expect("a database");
    let held = journal.execute("DELETE FROM components", []).expect("it can be done");
    drop(journal);
    assert_eq!(held, 1);
    let digest = host_sandbox::digest(&std::fs::read(RANGE_BUYER).expect("a component"));
    let beside = |content: &[u8]| {
        environment.write(&format!("{run}/components/{digest}.wasm"), content);
        environment.run(&format!("replay {run}"))
    };
    assert!(beside(&std::fs::read(RANGE_BUYER).expect("a component")).success().contains("identical"));
    let said = beside(b"\0asm").failure(1);
    assert!(said.contains("its SHA-256 is not"), "{said}");
}
