//! Copies of journals that are being written, made file by file: either whole, or recognised as torn.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{MarketId, Outcome, Record, Timestamp};
use host_store::journal::{Durability, Journal, JournalError, JournalWriter, Mode, RunInfo};
use host_store::live::{LiveInfo, LiveStore, StoreError, account_summary};
use rusqlite::Connection;

const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

fn write(path: &Path) -> JournalWriter {
    let run = RunInfo {
        mode: Mode::Paper,
        engine_version: "0.2.0".into(),
        started: START,
        ended: None,
        seed: 7,
        data: "synthetic".into(),
        data_digest: "ab".into(),
        config: String::new(),
        strategies: Vec::new(),
        markets: vec![host_testkit::market(0)],
    };
    Journal::create(path, &run, Durability::Process).unwrap()
}

/// Appends `count` records in one transaction.
fn append(journal: &mut JournalWriter, count: u64) {
    let record = |n| Record::Settled { market: MarketId(n as u32), time: START, outcome: Outcome::Yes };
    let records: Vec<Record> = (0..count).map(record).collect();
    journal.append(&records).unwrap();
}

fn log(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

fn is_torn(result: &Result<Journal, JournalError>, reason: &str) -> bool {
    let what = "is a copy of a journal that was being written: ";
    result.as_ref().err().is_some_and(|error| {
        let said = error.to_string();
        matches!(error, JournalError::Torn { .. }) && said.contains(what) && said.contains(reason)
    })
}

#[test]
fn a_copy_without_its_log_is_torn_from_the_first_record_to_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("j"), folder.path().join("copy"));
    let mut journal = write(&path);
    for round in 0..40 {
        fs::copy(&path, &copy).unwrap();
        let opened = Journal::open(&copy);
        assert!(is_torn(&opened, "its write-ahead log is missing"), "round {round}: {opened:?}");
        // The journal itself is read as ever.
        assert_eq!(Journal::open(&path).unwrap().count().unwrap(), journal.len());
        append(&mut journal, 1 + 600 * (round % 3));
    }
    let count = journal.len();
    journal.finish(START, &"over").unwrap();
    fs::copy(&path, &copy).unwrap();
    assert_eq!(Journal::open(&copy).unwrap().count().unwrap(), count);
}

#[test]
fn a_file_and_a_log_of_other_moments_are_torn_or_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let mut journal = write(&path);
    let at = |moment: usize| folder.path().join(format!("at-{moment}"));
    let mut counts = Vec::new();
    for moment in 0..24 {
        // Some moments lie in one log, others are logs apart.
        append(&mut journal, if moment % 4 == 3 { 12_000 } else { 5 });
        fs::copy(&path, at(moment)).unwrap();
        fs::copy(log(&path), log(&at(moment))).unwrap();
        counts.push(journal.len());
    }
    let (mut torn, mut whole) = (0, 0);
    for (file, log_at) in (0..24).flat_map(|file| (0..24).map(move |log_at| (file, log_at))) {
        let copy = folder.path().join("copy");
        let _ = fs::remove_file(folder.path().join("copy-shm"));
        fs::copy(at(file), &copy).unwrap();
        fs::copy(log(&at(log_at)), log(&copy)).unwrap();
        match Journal::open(&copy) {
            Ok(copied) => {
                let records: Result<Vec<Record>, JournalError> = copied.records().collect();
                assert_eq!(records.unwrap().len() as u64, counts[log_at], "file {file}, log {log_at}");
                whole += 1;
            }
            opened => {
                assert_ne!(file, log_at, "{opened:?}");
                // Where not even the mark can be read, the pages contradict each other.
                let is_damaged = matches!(opened, Err(JournalError::Damaged { .. }));
                let is_found = is_damaged || is_torn(&opened, "copied at another moment");
                assert!(is_found, "file {file}, log {log_at}: {opened:?}");
                torn += 1;
            }
        }
    }
    assert!(torn > 100 && whole > 40, "{torn} torn, {whole} whole");
}

#[test]
fn a_log_that_does_not_count_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("j"), folder.path().join("copy"));
    let mut journal = write(&path);
    append(&mut journal, 10);
    fs::copy(&path, &copy).unwrap();
    let whole = fs::read(log(&path)).unwrap();
    for content in [&b""[..], &whole[..20], &whole[..40], b"no log, but some text that is longer than its header"] {
        fs::write(log(&copy), content).unwrap();
        let opened = Journal::open(&copy);
        assert!(is_torn(&opened, "its write-ahead log is missing"), "{} bytes: {opened:?}", content.len());
    }
}

#[test]
fn a_killed_journal_is_whole_where_it_is_and_where_it_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("j"), folder.path().join("moved"));
    let mut journal = write(&path);
    append(&mut journal, 10);
    // As after a kill: nothing is folded.
    drop(journal);
    assert!(log(&path).exists());
    assert_eq!(Journal::open(&path).unwrap().count().unwrap(), 10);
    fs::copy(&path, &moved).unwrap();
    fs::copy(log(&path), log(&moved)).unwrap();
    assert_eq!(Journal::open(&moved).unwrap().count().unwrap(), 10);
    // Another program folds the log into the file when it closes it.
    Connection::open(&path).unwrap().execute("UPDATE run SET config = 'x'", []).unwrap();
    assert!(!log(&path).exists());
    assert_eq!(Journal::open(&path).unwrap().count().unwrap(), 10);
}

#[test]
fn a_vacuumed_copy_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("j"), folder.path().join("copy"));
    let mut journal = write(&path);
    append(&mut journal, 10);
    Connection::open(&path).unwrap().execute("VACUUM INTO ?", [copy.to_str().unwrap()]).unwrap();
    assert_eq!(Journal::open(&copy).unwrap().count().unwrap(), 10);
}

fn open(folder: &Path) -> Result<LiveStore, StoreError> {
    let info = LiveInfo {
        mode: host_store::journal::Mode::Live,
        venue: "kalshi".into(),
        environment: "production".into(),
        account: "alex".into(),
        key_id: "key-1".into(),
        engine_version: "0.2.0".into(),
        state_version: 1,
        started: START,
        config: String::new(),
        strategies: Vec::new(),
    };
    LiveStore::open(folder, &info)
}

#[test]
fn a_torn_copy_of_an_account_is_neither_traded_nor_shown() {
    let root = tempfile::tempdir().unwrap();
    let (account, other) = (root.path().join("account"), root.path().join("other"));
    let mut store = open(&account).unwrap();
    store.set_meta("baseline", &1).unwrap();
    fs::create_dir(&other).unwrap();
    let journal = |folder: &Path| folder.join("account.journal");
    let copy = || fs::copy(journal(&account), journal(&other)).unwrap();
    copy();
    let torn = |error: StoreError| {
        assert!(matches!(error, StoreError::Journal(JournalError::Torn { .. })), "{error}");
    };
    torn(open(&other).unwrap_err());
    torn(account_summary(&other).unwrap_err());
    // With its log it is whole.
    fs::copy(log(&journal(&account)), log(&journal(&other))).unwrap();
    assert_eq!(open(&other).unwrap().meta::<i32>("baseline").unwrap(), Some(1));
    // Closed in order, the file is all there is.
    store.close(START).unwrap();
    assert!(!log(&journal(&account)).exists());
    fs::remove_dir_all(&other).unwrap();
    fs::create_dir(&other).unwrap();
    copy();
    assert_eq!(open(&other).unwrap().meta::<i32>("baseline").unwrap(), Some(1));
}

#[test]
fn an_old_file_put_back_beside_the_log_of_a_killed_host_is_not_traded() {
    let root = tempfile::tempdir().unwrap();
    let account = root.path().join("account");
    let (journal, kept) = (account.join("account.journal"), root.path().join("kept"));
    let mut store = open(&account).unwrap();
    store.set_meta("baseline", &1).unwrap();
    store.close(START).unwrap();
    let before = fs::read(&journal).unwrap();
    open(&account).unwrap().close(START).unwrap();
    let mut store = open(&account).unwrap();
    store.set_meta("baseline", &2).unwrap();
    fs::copy(&journal, &kept).unwrap();
    fs::copy(log(&journal), log(&kept)).unwrap();
    drop(store);
    // As a killed host leaves it, but for the file, which is written over: by its number it is the same one.
    fs::copy(log(&kept), log(&journal)).unwrap();
    fs::write(&journal, before).unwrap();
    let error = open(&account).unwrap_err();
    assert!(error.to_string().contains("its write-ahead log was copied at another moment"), "{error}");
    fs::copy(&kept, &journal).unwrap();
    assert_eq!(open(&account).unwrap().meta::<i32>("baseline").unwrap(), Some(2));
}

#[test]
fn a_store_that_is_dropped_leaves_one_whole_file() {
    let root = tempfile::tempdir().unwrap();
    let (account, other) = (root.path().join("account"), root.path().join("other"));
    drop(open(&account).unwrap());
    assert!(!log(&account.join("account.journal")).exists());
    fs::create_dir(&other).unwrap();
    fs::copy(account.join("account.journal"), other.join("account.journal")).unwrap();
    account_summary(&other).unwrap();
}
