//! A recording whose process is really killed, at arbitrary moments.
//!
//! The test has a binary of its own, because a child process inherits locks until it executes its program, which would
//! disturb other tests.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use host_core::{Quotes, Span, Timestamp};
use host_store::recording::Recording;
use host_store::tape::Tape;
use host_testkit::market;

/// Environment variable that names the folder to the process that will be killed.
const FOLDER: &str = "HOST_RECORDING_TO_BE_KILLED";
const MARKETS: u32 = 3;

/// Polls are 7 hours apart, so that days end all the time.
fn poll(n: i64) -> Quotes {
    let mut rows = Quotes::default();
    for market in 0..MARKETS {
        rows.market.push(market);
        rows.time.push(Span::hours(7 * n).0);
        rows.bid.push((1 + n % 40) as f64 / 100.0);
        rows.ask.push((50 + n % 40 + i64::from(market)) as f64 / 100.0);
        rows.bid_size.push(n as f64);
        rows.ask_size.push(n as f64 / 3.0);
        rows.last.push(0.5);
        rows.volume.push((n * 1_000) as f64);
    }
    rows
}

/// Not a test, but the process that is killed: it continues where the last one was killed, and prints what it recorded.
#[test]
fn records_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let (mut recording, _) = Recording::open(folder).unwrap();
    recording.list(&(0..MARKETS).map(market).collect::<Vec<_>>()).unwrap();
    for n in 0.. {
        let rows = poll(n);
        if recording.last().is_none_or(|last| rows.time[0] > last.0) {
            recording.append(&rows.all()).unwrap();
            println!("recorded {n}");
        }
    }
}

#[test]
fn what_a_killed_process_recorded_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorded = -1;
    for kill in 0..25 {
        let mut host = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "records_until_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(host.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = lines.filter_map(|line| line.split_once("recorded ")?.1.parse::<i64>().ok());
        // Each process lives a little longer, and for at least one poll.
        recorded = said.by_ref().take(1 + kill * 3).last().unwrap();
        host.kill().unwrap();
        recorded = said.last().unwrap_or(recorded);
        host.wait().unwrap();
        check(folder.path(), recorded, &format!("kill {kill}"));
    }
    assert!(recorded > 25);
}

/// Checks that all polls up to at least `recorded` are there, once and whole, and that the finished days are a tape.
fn check(folder: &Path, recorded: i64, context: &str) {
    let reader = Recording::open_read(folder).unwrap();
    let mut found = Quotes::default();
    for batch in reader.rows_between(Timestamp(i64::MIN), Timestamp(i64::MAX)).unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.len() {
            found.push(&batch.all().row(row));
        }
    }
    let mut expected = Quotes::default();
    for n in 0..(found.len() / MARKETS as usize) as i64 {
        let rows = poll(n);
        for row in 0..rows.len() {
            expected.push(&rows.all().row(row));
        }
    }
    assert_eq!(found, expected, "{context}");
    assert!(expected.len() as i64 > recorded * i64::from(MARKETS), "{context}: {recorded} was recorded");
    Tape::open(folder).unwrap();
}
