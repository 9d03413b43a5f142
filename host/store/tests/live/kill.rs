//! A real process that is killed while it writes, and a full disk.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use host_core::OrderState;
use host_store::live::{Commit, LiveStore, StoreError};

use crate::support::*;

/// Environment variable that names the store's folder to the child. Without it the child does nothing.
const FOLDER: &str = "LIVE_STORE_FOLDER";
/// Prefix of the lines in which the child prints the numbers of orders that it may send.
const SENT: &str = "sent ";

/// Trades on, printing a line for each fact after it is on disk.
fn trade(folder: &Path) -> Result<(), StoreError> {
    let mut store = LiveStore::open(folder, &info())?;
    if store.market_number("KXHIGHNY-0")?.is_none() {
        list(&mut store, 1);
    }
    let out = std::io::stdout();
    let say = |what: &str, id: u64| writeln!(out.lock(), "{what}{id}").unwrap();
    loop {
        let id = store.last_order()?.map_or(1, |last| last.0 + 1);
        let sent = place(&mut store, &[id])?;
        say(SENT, sent[0].order().0);
        ack(&mut store, id)?;
        say("acked ", id);
        let (fill, snapshot) = (fill(id, &format!("fill-{id}"), 10), id.to_string());
        commit(&mut store, &Commit { fills: &[fill], snapshot: Some(&snapshot), ..Commit::at(at(id)) })?;
        say("filled ", id);
    }
}

/// The child process of the tests below, which they run alone, to kill it or to leave it without disk space.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let error = trade(Path::new(&folder)).unwrap_err();
    println!("error {error}");
}

fn run_child(folder: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    let test = std::env::current_exe().unwrap();
    command.arg("-c").arg(format!("{before} exec \"$0\" \"$@\"")).arg(test);
    command.args(["kill::child", "--exact", "--nocapture"]).env(FOLDER, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Checks that everything that `lines` report is in the store, and returns the facts.
fn check(folder: &Path, lines: &[String]) -> LiveStore {
    let store = open(folder);
    store.verify().unwrap();
    for line in lines {
        let Some((what, id)) = line.split_once(' ').and_then(|(what, id)| Some((what, id.parse().ok()?))) else {
            continue;
        };
        let state = state(&store, id).unwrap_or_else(|| panic!("lost: {line}"));
        let least = match what {
            "sent" => OrderState::Sent,
            "acked" => OrderState::Working,
            "filled" => OrderState::Filled,
            _ => continue,
        };
        assert!(state >= least, "{line}, but it is {state}");
        assert!(what != "filled" || store.has_fill(&format!("fill-{id}")).unwrap(), "{line}, but its fill is lost");
    }
    store
}

#[test]
fn what_a_killed_process_told_of_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut leave_to_send = std::collections::BTreeSet::new();
    for round in 0..12usize {
        let mut child = run_child(folder.path(), "").spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines = stdout.lines().map(Result::unwrap);
        // Another moment in each round: the child is somewhere after this line when it dies.
        let told = lines.by_ref().filter(|line| line.contains(' ')).take(5 + 7 * round);
        let mut told: Vec<String> = told.collect();
        child.kill().unwrap();
        told.extend(lines);
        child.wait().unwrap();
        for id in told.iter().filter_map(|line| line.strip_prefix(SENT)) {
            assert!(leave_to_send.insert(id.to_owned()), "order {id} was allowed to be sent twice");
        }
        let mut store = check(folder.path(), &told);
        let found = store.recover(at(9_999)).unwrap();
        assert!(found.unknown.len() + found.working.len() <= round + 1);
        assert!(found.unknown.iter().all(|row| row.state == OrderState::Unknown));
    }
    assert!(!leave_to_send.is_empty());
}

#[test]
fn a_second_process_is_told_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(folder.path());
    let out = run_child(folder.path(), "").output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains(&format!("error another host (process {}) works with", std::process::id())), "{said}");
}

#[test]
fn a_disk_that_takes_nothing_more_stops_the_store_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond 1 MiB. The signal is ignored, so that writes fail instead.
    let out = run_child(folder.path(), "trap '' XFSZ; ulimit -f 2048;").output().unwrap();
    let lines: Vec<String> = String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect();
    let error = lines.iter().find_map(|line| line.strip_prefix("error ")).expect("it fails in the end");
    let said = error.replace(folder.path().to_str().unwrap(), "FOLDER");
    insta::assert_snapshot!(
        said,
        @"the disk under `FOLDER/account.journal` fails (disk I/O error): see the system's log, put it right and \
          start again"
    );
    let sent = lines.iter().filter(|line| line.starts_with(SENT)).count();
    assert!(sent > 5, "it traded for a while: {sent}");
    let mut store = check(folder.path(), &lines);
    let next = store.last_order().unwrap().unwrap().0 + 1;
    place(&mut store, &[next]).unwrap();
}
