//! Polls are on disk once: the journal refers to the recording, and reads as before.

use std::fs;
use std::path::Path;

use host_core::{Command, Quotes, Span, Timestamp};
use host_store::journal::Journal;
use host_store::journal::events::{EventRef, JournalStep, LoggedEvent, LoggedStep};
use host_store::live::{Commit, LiveStore, Referred};
use host_store::recording::{PollDigests, Recording};

use crate::support::*;

const MARKETS: u32 = 3;

/// Returns a poll with values on the grid, off it, and absent.
fn poll(n: i64) -> Quotes {
    let mut rows = Quotes::default();
    for market in 0..MARKETS {
        let value = (n % 40 + i64::from(market) + 1) as f64;
        rows.market.push(market);
        rows.time.push(START.0 + Span::hours(7).0 * n);
        rows.bid.push(value / 100.0);
        rows.ask.push(if market == 1 { f64::NAN } else { (value + 1.0) / 100.0 });
        rows.bid_size.push(value / 3.0);
        rows.ask_size.push(value);
        rows.last.push(f64::NAN);
        rows.volume.push(value * 1_000.0);
    }
    rows
}

/// Writes polls `0..n` into the store and the recording beside it, other events between them, and closes the recording.
fn grown(folder: &Path, n: i64) -> (LiveStore, Recording) {
    let mut store = open(folder);
    list(&mut store, MARKETS);
    let mut recording = record(folder);
    for number in 0..n {
        let rows = poll(number);
        commit(&mut store, EventRef::Poll(rows.all()));
        if number % 3 == 0 {
            let command = Command::Resume { time: at(1), reason: number.to_string() };
            commit(&mut store, EventRef::Command(&command));
        }
        recording.append(&rows.all()).unwrap();
    }
    recording.close().unwrap();
    (store, record(folder))
}

fn record(folder: &Path) -> Recording {
    let (mut recording, _) = Recording::open(folder.join("tape")).unwrap();
    recording.list(&(0..MARKETS).map(market).collect::<Vec<_>>()).unwrap();
    recording
}

fn commit(store: &mut LiveStore, event: EventRef<'_>) {
    let step = JournalStep { event, records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], ..Commit::at(START) }).unwrap();
}

/// Returns the journal's steps as text, in which NaN equals NaN.
fn steps(folder: &Path) -> Vec<String> {
    let journal = Journal::open(folder.join("account.journal")).unwrap();
    let step = |step: Result<LoggedStep, _>| format!("{:?}", step.unwrap());
    journal.steps().map(step).collect()
}

fn kinds(folder: &Path) -> Vec<(String, i64)> {
    let connection = rusqlite::Connection::open(folder.join("account.journal")).unwrap();
    let sql = "SELECT kind, length(body) FROM events WHERE kind LIKE '%poll' ORDER BY seq";
    let mut select = connection.prepare(sql).unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn refer_all(store: &mut LiveStore, recording: &Recording, most: usize) -> Referred {
    let first = store.first_unreferred().unwrap().unwrap_or(START);
    let digests = PollDigests::read(recording.folder(), first).unwrap();
    loop {
        match store.refer_polls(&digests, most).unwrap() {
            Referred::More => {}
            end => return end,
        }
    }
}

#[test]
fn a_journal_of_references_reads_as_one_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, recording) = grown(folder.path(), 12);
    let before = steps(folder.path());
    assert_eq!(refer_all(&mut store, &recording, 5), Referred::All);
    assert!(kinds(folder.path()).iter().all(|(kind, _)| kind == "recorded_poll"));
    assert_eq!(steps(folder.path()), before);
    assert_eq!(store.first_unreferred().unwrap(), None);
    // Reading may begin anywhere, and jump.
    drop(store);
    let journal = Journal::open(folder.path().join("account.journal")).unwrap();
    assert_eq!(journal.steps().filter(|step| matches!(step.as_ref().unwrap().event, LoggedEvent::Poll(_))).count(), 12);
}

#[test]
fn only_what_is_in_a_finished_day_is_referred_to() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, mut recording) = grown(folder.path(), 4);
    for number in 4..6 {
        commit(&mut store, EventRef::Poll(poll(number).all()));
        recording.append(&poll(number).all()).unwrap();
    }
    let before = steps(folder.path());
    let waits = poll(4).time[0];
    assert_eq!(refer_all(&mut store, &recording, 3), Referred::Until(Timestamp(waits)));
    let rows = |kinds: Vec<(String, i64)>| kinds.iter().filter(|(kind, _)| kind == "poll").count();
    assert_eq!(rows(kinds(folder.path())), 2);
    assert_eq!(steps(folder.path()), before);
    // Those of a day that ends are found where they are by then.
    recording.append(&poll(20).all()).unwrap();
    recording.wait().unwrap();
    commit(&mut store, EventRef::Poll(poll(20).all()));
    assert_eq!(refer_all(&mut store, &recording, 3), Referred::Until(Timestamp(poll(20).time[0])));
    assert_eq!(rows(kinds(folder.path())), 1);
    assert!(steps(folder.path()).starts_with(&before));
}

/// A poll that the recording lost, or has otherwise than the engine saw it, keeps its rows.
#[test]
fn a_poll_that_differs_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, MARKETS);
    let mut recording = record(folder.path());
    let mut seen: Vec<Quotes> = (0..5).map(poll).collect();
    // The recording takes this for an empty side.
    seen[1].bid[0] = 0.0;
    for (number, rows) in seen.iter().enumerate() {
        commit(&mut store, EventRef::Poll(rows.all()));
        if number != 3 {
            recording.append(&rows.all()).unwrap();
        }
    }
    recording.close().unwrap();
    let before = steps(folder.path());
    assert_eq!(refer_all(&mut store, &record(folder.path()), 2), Referred::All);
    let kinds: Vec<String> = kinds(folder.path()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["recorded_poll", "poll", "recorded_poll", "poll", "recorded_poll"]);
    assert_eq!(steps(folder.path()), before);
}

/// Two sessions may have seen the poll of one time, the first of which was killed before it recorded it.
#[test]
fn a_poll_that_was_seen_twice_is_found_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, recording) = grown(folder.path(), 2);
    for number in [1, 0, 1] {
        commit(&mut store, EventRef::Poll(poll(number).all()));
    }
    let before = steps(folder.path());
    refer_all(&mut store, &recording, 9);
    assert!(kinds(folder.path()).iter().all(|(kind, _)| kind == "recorded_poll"));
    assert_eq!(steps(folder.path()), before);
}

#[test]
fn a_kill_at_any_portion_loses_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, recording) = grown(folder.path(), 9);
    let before = steps(folder.path());
    let digests = PollDigests::read(recording.folder(), START).unwrap();
    for referred in 1..=9 {
        assert_eq!(store.refer_polls(&digests, 1).unwrap(), Referred::More);
        drop(store);
        store = open(folder.path());
        let kinds = kinds(folder.path());
        let done = kinds.iter().take_while(|(kind, _)| kind == "recorded_poll").count();
        assert_eq!((done, kinds.len()), (referred, 9));
        assert_eq!(steps(folder.path()), before);
    }
    assert_eq!(store.refer_polls(&digests, 1).unwrap(), Referred::All);
}

#[test]
fn a_recording_that_is_gone_or_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, recording) = grown(folder.path(), 3);
    refer_all(&mut store, &recording, 9);
    drop((store, recording));
    let error = || {
        let journal = Journal::open(folder.path().join("account.journal")).unwrap();
        let error = journal.steps().find_map(Result::err).unwrap().to_string();
        error.replace(&folder.path().display().to_string(), "")
    };
    let tape = folder.path().join("tape");
    let day = tape.join("quotes/2026-01-01.parquet");
    let bytes = fs::read(&day).unwrap();
    fs::write(&day, &bytes[..bytes.len() / 2]).unwrap();
    let found = error();
    assert!(found.contains("quotes/2026-01-01.parquet` is truncated or damaged"), "{found}");
    fs::remove_dir_all(&tape).unwrap();
    assert_eq!(
        error(),
        "`/account.journal` refers to the poll of 2026-01-01T00:00:00.000Z in the recording `/tape`: `/tape` is no \
         tape: nothing is there; make one with `host data import` or `host data generate`; bring back the whole \
         folder, journal and recording, because they belong together"
    );
    // Another recording, of other rows.
    let mut other = record(folder.path());
    let mut rows = poll(0);
    rows.volume[2] = 7.0;
    other.append(&rows.all()).unwrap();
    other.close().unwrap();
    assert!(error().contains("has other rows at that time; bring back the whole folder"), "{}", error());
}
