//! Opening a store: by whom it may be opened, and the messages about files that are not stores.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use host_core::{OrderId, SlotId};
use host_store::journal::{Durability, Journal, Mode, RunInfo, StrategyInfo};
use host_store::live::lock::{HostLock, LockHolder};
use host_store::live::{JOURNAL_FILE, LiveInfo, LiveStore, StoreError, client_order_id};
use rusqlite::Connection;

use crate::support::*;

/// Returns the message of a refusal to open, without the folder's path.
fn refusal(folder: &Path, info: &LiveInfo) -> String {
    let error = LiveStore::open(folder, info).unwrap_err();
    error.to_string().replace(folder.to_str().unwrap(), "FOLDER")
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let said = refusal(folder.path(), &info()).replace(&std::process::id().to_string(), "PID");
    insta::assert_snapshot!(
        said,
        @"another host (process PID) works with `FOLDER`; stop that one first, for two would send every order twice"
    );
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
    insta::assert_snapshot!(
        refusal(folder.path(), &theirs),
        @"the books in `FOLDER/account.journal` are those of account `alex` at `kalshi` (production), not of account \
          `sam` at `kalshi` (production): use another `live.account` or `live.folder`"
    );
    let demo = LiveInfo { environment: "demo".into(), ..info() };
    insta::assert_snapshot!(
        refusal(folder.path(), &demo),
        @"the books in `FOLDER/account.journal` are those of account `alex` at `kalshi` (production), not of account \
          `alex` at `kalshi` (demo): use another `live.account` or `live.folder`"
    );
    let elsewhere = LiveInfo { venue: "other".into(), ..info() };
    insta::assert_snapshot!(
        refusal(folder.path(), &elsewhere),
        @"the books in `FOLDER/account.journal` are those of account `alex` at `kalshi` (production), not of account \
          `alex` at `other` (production): use another `live.account` or `live.folder`"
    );
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
fn a_key_may_change_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(folder.path()).former_key(), None);
    let store = LiveStore::open(folder.path(), &LiveInfo { key_id: "key-2".into(), ..info() }).unwrap();
    assert_eq!(store.former_key(), Some("key-1"));
    drop(store);
    assert_eq!(open(folder.path()).former_key(), Some("key-2"));
}

#[test]
fn a_copy_that_was_brought_back_gives_its_numbers_other_names() {
    let root = tempfile::tempdir().unwrap();
    let (kept, copy) = (root.path().join("kept"), root.path().join("copy"));
    let mut store = open(&kept);
    list(&mut store, 1);
    store.close(at(1)).unwrap();
    fs::create_dir(&copy).unwrap();
    fs::copy(kept.join(JOURNAL_FILE), copy.join(JOURNAL_FILE)).unwrap();
    let name = |folder: &Path| {
        let mut store = open(folder);
        let sent = place(&mut store, &[1]).unwrap();
        (store.deployment(), sent[0].client_order_id().to_owned())
    };
    let ((first_store, first), (second_store, second)) = (name(&kept), name(&copy));
    assert_eq!(first_store, second_store);
    assert_ne!(first, second);
}

#[test]
fn a_lock_says_who_has_it_and_is_of_the_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = HostLock::take(&path, folder.path()).unwrap();
    let holder = LockHolder { pid: std::process::id(), folder: folder.path().to_owned() };
    assert_eq!(HostLock::holder(&path), Some(holder));
    assert!(
        HostLock::take(&path, Path::new("/elsewhere"))
            .unwrap_err()
            .to_string()
            .contains(folder.path().to_str().unwrap())
    );
    fs::remove_file(&path).unwrap();
    drop(HostLock::take(&path, folder.path()).unwrap());
    drop(lock);
    assert_eq!(HostLock::holder(&path), None);
}

/// Returns `info` with these strategies, in slots from 0.
fn naming(names: &[&str]) -> LiveInfo {
    let one = info().strategies.remove(0);
    let strategies = (0..).zip(names);
    let of = |(slot, name): (u16, &&str)| StrategyInfo {
        slot: SlotId(slot),
        name: (*name).into(),
        sha256: (*name).into(),
        ..one.clone()
    };
    LiveInfo { strategies: strategies.map(of).collect(), ..info() }
}

#[test]
fn a_slot_keeps_its_strategy_whatever_the_order_of_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let check = |case: &str, names: &[&str], expect: &[(u16, &str)]| {
        let folder = root.path().join(case);
        LiveStore::open(&folder, &naming(&["B", "A"])).unwrap().close(at(9)).unwrap();
        let store = LiveStore::open(&folder, &naming(names)).unwrap();
        let slots: Vec<(u16, &str)> = store.slots().iter().map(|(slot, name)| (slot.0, name.as_str())).collect();
        assert_eq!(slots, expect, "{case}: {names:?}");
        let journal = host_store::journal::Journal::open(folder.join(JOURNAL_FILE)).unwrap();
        let mut named: Vec<&str> = names.to_vec();
        named.sort_unstable();
        let strategies = journal.run_info().unwrap().strategies;
        let listed = strategies.iter().map(|strategy| (strategy.slot.0, strategy.name.clone()));
        let wanted = expect.iter().filter(|(_, name)| named.contains(name));
        assert!(listed.eq(wanted.map(|(slot, name)| (*slot, (*name).to_owned()))), "{case}");
    };
    // In a new account, by name.
    check("as it was", &["B", "A"], &[(0, "A"), (1, "B")]);
    check("in another order", &["A", "B"], &[(0, "A"), (1, "B")]);
    check("without the first", &["B"], &[(0, "A"), (1, "B")]);
    check("with new ones", &["D", "B", "C", "A"], &[(0, "A"), (1, "B"), (2, "C"), (3, "D")]);
    check("with others only", &["0"], &[(0, "A"), (1, "B"), (2, "0")]);
}

#[test]
fn a_strategy_that_is_gone_still_gets_its_exits_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = LiveStore::open(folder.path(), &naming(&["A", "B"])).unwrap();
    list(&mut store, 1);
    store.close(at(1)).unwrap();
    for session in [1, 2] {
        let mut store = LiveStore::open(folder.path(), &naming(&["B"])).unwrap();
        let sent = place(&mut store, &[session]).unwrap();
        let expected = client_order_id(store.deployment(), store.nonce(), "A", "KXHIGHNY-0", OrderId(session));
        assert_eq!(sent[0].client_order_id(), expected);
    }
}

#[test]
fn a_link_to_a_disk_that_is_not_there_is_no_new_account() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(folder.path().join("unmounted"), folder.path().join(JOURNAL_FILE)).unwrap();
    insta::assert_snapshot!(
        refusal(folder.path(), &info()),
        @"`FOLDER/account.journal` is a link to what is not there: bring that back, or mount its disk; no new account \
          is begun"
    );
    assert!(fs::symlink_metadata(folder.path().join(JOURNAL_FILE)).unwrap().is_symlink());
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
        data_digest: "ab".into(),
        config: String::new(),
        strategies: Vec::new(),
        markets: Vec::new(),
    };
    drop(Journal::create(folder.path().join(JOURNAL_FILE), &run, Durability::Power).unwrap());
    insta::assert_snapshot!(
        refusal(folder.path(), &info()),
        @"the books in `FOLDER/account.journal` are those of a run without an account, not of account `alex` at \
          `kalshi` (production): use another `live.account` or `live.folder`"
    );
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
    check("PRAGMA user_version = 99", &format!("`FOLDER/account.journal` {version} 3; use the host that wrote it"));
    check(
        "UPDATE account SET version = 99",
        "`FOLDER/account.journal` is a live account of version 99, this host works with 3: go on with the host that \
         made it; or let \
         that one close the positions, and begin anew under another `live.account`",
    );
    check(
        "DELETE FROM account",
        "`FOLDER/account.journal` is damaged: whose account it is, is missing; records before the damage can still be \
         read",
    );
    check(
        "UPDATE account SET deployment = 'x'",
        "`FOLDER/account.journal` is damaged: its deployment id cannot be read; records before the damage can still be \
         read",
    );
}

#[test]
fn a_write_ahead_file_without_its_journal_is_not_built_upon() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("account.journal-wal"), "left over").unwrap();
    insta::assert_snapshot!(
        refusal(folder.path(), &info()),
        @"`FOLDER/account.journal` is gone, but `FOLDER/account.journal-wal` is there: bring the journal back from a \
          backup, or move what is left away"
    );
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

/// Returns a store with some history, as one plain file.
fn grown() -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 50);
    for id in 1..=50 {
        place(&mut store, &[id]).unwrap();
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
                // Everything that can still be read is what was written.
                if let Ok(read) = store.open_orders() {
                    assert_eq!(read, orders, "page {page}");
                }
            }
            Err(StoreError::Journal(_)) => found += 1,
            Err(other) => panic!("page {page}: {other}"),
        }
    }
    assert_eq!(found, bytes.len() / 4_096, "damage to any page is noticed");
}
