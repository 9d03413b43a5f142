//! Who may open a store, and what is said of a file that is not one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use host_store::journal::{Durability, Journal, Mode, RunInfo};
use host_store::live::{JOURNAL_FILE, LiveError, LiveInfo, LiveStore};
use rusqlite::Connection;

use crate::support::*;

/// What opening says, with the folder's path left out.
fn refusal(folder: &Path, info: &LiveInfo) -> String {
    let error = LiveStore::open(folder, info).unwrap_err();
    error.to_string().replace(folder.to_str().unwrap(), "FOLDER")
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let said = refusal(folder.path(), &info()).replace(&std::process::id().to_string(), "PID");
    insta::assert_snapshot!(said, @"another host (process PID) works with `FOLDER`; stop that one first, for two would send every order twice");
    store.close(START).unwrap();
    drop(open(folder.path()));
    drop(open(folder.path()));
}

#[test]
fn only_its_owner_reads_it() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("deep").join("kalshi-alex");
    let mut store = open(&folder);
    list(&mut store, 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 3, "the journal, its write-ahead file, the lock");
}

#[test]
fn another_account_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let theirs = LiveInfo { account: "sam".into(), ..info() };
    insta::assert_snapshot!(refusal(folder.path(), &theirs), @"`FOLDER/account.journal` is the store of account `alex` at `kalshi`, not of account `sam` at `kalshi`; name another folder in `live.folder`");
    let elsewhere = LiveInfo { venue: "other".into(), ..info() };
    insta::assert_snapshot!(refusal(folder.path(), &elsewhere), @"`FOLDER/account.journal` is the store of account `alex` at `kalshi`, not of account `alex` at `other`; name another folder in `live.folder`");
    drop(open(folder.path()));
}

#[test]
fn two_stores_never_share_a_deployment() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one_store, two_store) = (open(one.path()), open(two.path()));
    assert_ne!(one_store.deployment(), two_store.deployment());
    let first = one_store.deployment();
    drop(one_store);
    assert_eq!(open(one.path()).deployment(), first);
}

#[test]
fn a_journal_of_a_run_is_no_account() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunInfo {
        mode: Mode::Paper,
        engine_version: String::new(),
        started: START,
        ended: None,
        seed: 0,
        data: String::new(),
        config: String::new(),
        strategies: Vec::new(),
        markets: Vec::new(),
    };
    drop(Journal::create(folder.path().join(JOURNAL_FILE), &run, Durability::Power).unwrap());
    insta::assert_snapshot!(refusal(folder.path(), &info()), @"`FOLDER/account.journal` is the store of a run without an account, not of account `alex` at `kalshi`; name another folder in `live.folder`");
}

#[test]
fn a_file_that_is_no_store_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(JOURNAL_FILE);
    let check = |bytes: &[u8], expect: &str| {
        fs::write(&path, bytes).unwrap();
        assert_eq!(refusal(folder.path(), &info()), expect);
        assert_eq!(fs::read(&path).unwrap(), bytes, "it is left as it was");
    };
    check(b"", "`FOLDER/account.journal` is no journal of this host");
    check(
        b"not a database at all, but long enough to hold a header: ".repeat(9).as_slice(),
        "`FOLDER/account.journal` is no journal of this host",
    );
}

#[test]
fn another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |sql: &str, expect: &str| {
        drop(open(folder.path()));
        let path = folder.path().join(JOURNAL_FILE);
        let kept = fs::read(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        assert_eq!(refusal(folder.path(), &info()), expect);
        fs::write(&path, kept).unwrap();
    };
    let version = "has schema version 99, this host reads up to";
    check("PRAGMA user_version = 99", &format!("`FOLDER/account.journal` {version} 2; use the host that wrote it"));
    check(
        "UPDATE account SET version = 99",
        &format!("`FOLDER/account.journal` {version} 1; use the host that wrote it"),
    );
    check(
        "DELETE FROM account",
        "`FOLDER/account.journal` is damaged: whose account it is, is missing; records before the damage can still be read",
    );
    check(
        "UPDATE account SET deployment = 'x'",
        "`FOLDER/account.journal` is damaged: its deployment id cannot be read; records before the damage can still be read",
    );
}

#[test]
fn a_write_ahead_file_without_its_journal_is_not_built_upon() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("account.journal-wal"), "left over").unwrap();
    insta::assert_snapshot!(refusal(folder.path(), &info()), @"`FOLDER/account.journal` is gone, but `FOLDER/account.journal-wal` is there: bring the journal back from a backup, or move what is left away");
}

#[test]
fn what_a_kill_left_of_a_first_start_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    for end in ["", "-journal", "-wal", "-shm"] {
        fs::write(folder.path().join(format!("account.new{end}")), "half made").unwrap();
    }
    drop(open(folder.path()));
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["account.journal", "lock"]);
}

/// A store with some history, as one plain file.
fn grown() -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 50);
    for id in 1..=50 {
        intend(&mut store, &[id]).unwrap();
        send(&mut store, id).unwrap();
    }
    store.close(at(99)).unwrap();
    let bytes = fs::read(folder.path().join(JOURNAL_FILE)).unwrap();
    (folder, bytes)
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let (folder, bytes) = grown();
    let path = folder.path().join(JOURNAL_FILE);
    for pages in [0.1, 0.5, 0.9] {
        let kept = (bytes.len() as f64 * pages) as usize / 4_096 * 4_096;
        fs::write(&path, &bytes[..kept.max(4_096)]).unwrap();
        let said = refusal(folder.path(), &info());
        assert!(said.starts_with("`FOLDER/account.journal` is damaged: "), "{said}");
    }
}

#[test]
fn a_page_of_noise_is_an_error_and_never_a_panic_or_a_wrong_answer() {
    let (folder, bytes) = grown();
    let path = folder.path().join(JOURNAL_FILE);
    let orders: Vec<_> = open(folder.path()).open_orders().unwrap();
    let mut found = 0;
    for page in 0..bytes.len() / 4_096 {
        let mut noisy = bytes.clone();
        for (place, byte) in noisy[page * 4_096..(page + 1) * 4_096].iter_mut().enumerate() {
            *byte = (place * 31 + page * 17) as u8 | 1;
        }
        fs::write(&path, &noisy).unwrap();
        for end in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("{JOURNAL_FILE}{end}")));
        }
        match LiveStore::open(folder.path(), &info()) {
            Ok(store) => {
                found += usize::from(store.verify().is_err());
                // What can still be read is what was written.
                if let Ok(read) = store.open_orders() {
                    assert_eq!(read, orders, "page {page}");
                }
            }
            Err(LiveError::Journal(_)) => found += 1,
            Err(other) => panic!("page {page}: {other}"),
        }
    }
    assert_eq!(found, bytes.len() / 4_096, "every page matters to someone");
}
