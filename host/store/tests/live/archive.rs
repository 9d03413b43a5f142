//! Old events and records move into the archive, and are read from there as before.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{Command, Quotes, Record, Span, Timestamp, TradingState};
use host_store::journal::events::{EventRef, JournalStep};
use host_store::journal::{ArchiveJob, Journal};
use host_store::live::{Commit, LiveStore};

use crate::support::*;

/// Hours between events.
const STEP: i64 = 5;

fn time(n: i64) -> Timestamp {
    START + Span::hours(STEP * n)
}

/// Writes `n` polls and commands, with records at every third.
fn grown(folder: &Path, n: i64) -> LiveStore {
    let mut store = open(folder);
    list(&mut store, 2);
    for number in 0..n {
        let record = |reason: &str| Record::Trading {
            time: time(number),
            state: TradingState::Reduce,
            reason: format!("{reason} {number}"),
        };
        let records = if number % 3 == 0 { vec![record("a"), record("b")] } else { Vec::new() };
        let mut rows = Quotes::default();
        rows.push(&host_testkit::quote(0, time(number), 4_000 + number as i32, 4_200));
        let command = Command::Resume { time: time(number), reason: format!("\"{number}\"\n") };
        let event = if number % 2 == 0 { EventRef::Poll(rows.all()) } else { EventRef::Command(&command) };
        let step = JournalStep { event, records: &records, cancels: &[] };
        store.commit(&Commit { steps: &[step], ..Commit::at(time(number)) }).unwrap();
    }
    store
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("account.journal")
}

/// Returns everything that readers see, as text.
fn seen(folder: &Path) -> (Vec<String>, Vec<String>, u64, u64) {
    let journal = Journal::open(journal(folder)).unwrap();
    let steps = journal.steps().map(|step| format!("{:?}", step.unwrap())).collect();
    let records = journal.records().map(|record| format!("{:?}", record.unwrap())).collect();
    (steps, records, journal.count_events().unwrap(), journal.count().unwrap())
}

fn archive(folder: &Path, before: Timestamp) -> i64 {
    ArchiveJob::begin(&journal(folder), before).unwrap().take().unwrap()
}

fn rows(folder: &Path, table: &str) -> i64 {
    let connection = rusqlite::Connection::open(journal(folder)).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn an_archived_journal_reads_as_before_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = grown(folder.path(), 40);
    let before = seen(folder.path());
    let mut last = 0;
    for cut in [10, 10, 25] {
        last = archive(folder.path(), time(cut));
        assert_eq!(seen(folder.path()), before, "archived, and nothing removed");
        while store.forget_archived(3).unwrap() {
            assert_eq!(seen(folder.path()), before);
            // A kill.
            drop(store);
            store = open(folder.path());
        }
        assert_eq!(seen(folder.path()), before, "archived and removed");
    }
    // Two listings come before the first poll.
    assert_eq!(last, 2 + 25);
    assert_eq!((rows(folder.path(), "events"), rows(folder.path(), "records")), (42 - last, 10));
    assert_eq!(fs::read_dir(folder.path().join("archive")).unwrap().count(), 2);
    // Numbers go on.
    let command = Command::Resume { time: time(50), reason: String::new() };
    let step = JournalStep { event: EventRef::Command(&command), records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], ..Commit::at(time(50)) }).unwrap();
    assert_eq!(seen(folder.path()).2, before.2 + 1);
}

/// The numbers of events and records go on from the last ones, which therefore stay.
#[test]
fn the_last_event_and_the_last_record_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = grown(folder.path(), 6);
    let before = seen(folder.path());
    let last = archive(folder.path(), Timestamp(i64::MAX));
    while store.forget_archived(100).unwrap() {}
    drop(store);
    assert!(rows(folder.path(), "events") >= 1 && rows(folder.path(), "records") >= 1);
    assert_eq!(last, 2 + 3, "the fourth has the last record");
    let store = open(folder.path());
    assert_eq!(store.events(), 8);
    assert_eq!(seen(folder.path()), before);
}

#[test]
fn a_reader_goes_on_while_rows_leave() {
    let folder = tempfile::tempdir().unwrap();
    // More than a page of events and records.
    let mut store = grown(folder.path(), 1_800);
    let before = seen(folder.path());
    let reader = Journal::open(journal(folder.path())).unwrap();
    let (mut steps, mut records) = (reader.steps(), reader.records());
    let mut found: Vec<String> = steps.by_ref().take(10).map(|step| format!("{:?}", step.unwrap())).collect();
    let mut told: Vec<String> = records.by_ref().take(10).map(|record| format!("{:?}", record.unwrap())).collect();
    archive(folder.path(), time(1_750));
    while store.forget_archived(500).unwrap() {}
    found.extend(steps.map(|step| format!("{:?}", step.unwrap())));
    told.extend(records.map(|record| format!("{:?}", record.unwrap())));
    assert_eq!((found, told), (before.0, before.1));
}

#[test]
fn a_part_that_a_kill_left_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let _store = grown(folder.path(), 20);
    let before = seen(folder.path());
    fs::create_dir(folder.path().join("archive")).unwrap();
    let left = folder.path().join("archive/events-000000000001-000000000009.jsonl.unfinished");
    fs::write(&left, "half").unwrap();
    assert_eq!(seen(folder.path()), before);
    archive(folder.path(), time(10));
    assert!(!left.exists());
    assert_eq!(seen(folder.path()), before);
}

#[test]
fn a_damaged_or_missing_part_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = grown(folder.path(), 20);
    let last = archive(folder.path(), time(10));
    while store.forget_archived(100).unwrap() {}
    let error = || {
        let journal = Journal::open(journal(folder.path())).unwrap();
        journal.steps().find_map(Result::err).unwrap().to_string()
    };
    let part = folder.path().join(format!("archive/events-000000000001-{last:012}.jsonl.zst"));
    let whole = fs::read(&part).unwrap();
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 1;
    for bytes in [&whole[..middle], &flipped] {
        fs::write(&part, bytes).unwrap();
        assert!(error().contains(&format!("events-000000000001-{last:012}.jsonl.zst` is damaged")), "{}", error());
    }
    fs::remove_file(&part).unwrap();
    assert!(error().contains("event 1 is missing"), "{}", error());
}
