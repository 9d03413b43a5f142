//! The account's files: store, backup, formats, disk, socket.

use std::fs::File;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use host_core::{OrderId, OrderState, Qty, Span};
use host_live::account_dir::AccountDir;
use host_live::disk_use::DiskUse;
use host_store::backup::{self, LastBackup};
use host_store::journal::Mode;
use host_store::live::{AccountFormats, AccountSummary, LiveInfo, LiveStore, OpenOrder};
use host_store::recording::Recording;
use tempfile::TempDir;

use super::settings::chown_away;
use super::*;
use crate::commands::doctor::{alerts, disk, formats, keys, ports, store};

/// A pretend account `alex` that a host has begun and ended, and its configuration.
struct Begun {
    root: TempDir,
    folder: AccountDir,
}

impl Begun {
    fn new() -> Begun {
        let root = tempfile::tempdir().unwrap();
        let folder = AccountDir::at(root.path().join("paper-kalshi-alex"));
        let begun = Begun { root, folder };
        begun.session().close(Timestamp(2)).unwrap();
        begun
    }

    /// Begins a session of a host.
    fn session(&self) -> LiveStore {
        let info = LiveInfo {
            mode: Mode::PaperAtVenue,
            venue: "kalshi".to_owned(),
            environment: "test".to_owned(),
            account: "alex".to_owned(),
            key_id: String::new(),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            state_version: 4,
            started: Timestamp(1),
            config: String::new(),
            strategies: Vec::new(),
        };
        LiveStore::open(self.folder.path(), &info).unwrap()
    }

    fn patient(&self) -> Patient {
        patient(&format!("[live]\nfolder = \"{}\"\naccount = \"alex\"\n", self.root.path().display()))
    }

    fn look(&self) -> Vec<Diagnosis> {
        store::look(&self.patient(), false)
    }

    /// Makes a backup as `host backup` does, at `made`.
    fn back_up(&self, made: Timestamp) -> PathBuf {
        let out = self.root.path().join(format!("{}.backup", made.0));
        backup::create(self.folder.path(), &out, "0", made, &mut |_, _| ()).unwrap();
        LastBackup::note(self.folder.path(), &out, made).unwrap();
        out
    }

    fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.folder.journal()).unwrap().execute_batch(sql).unwrap();
    }
}

#[test]
fn a_whole_account_lacks_nothing_but_a_backup() {
    let begun = Begun::new();
    assert_eq!(wrong(&begun.look()), ["backup_none"]);
    assert_eq!(wrong(&keys::look(&begun.patient())), [""; 0]);
    assert_eq!(wrong(&formats::look(&begun.patient())), [""; 0]);
    assert_eq!(wrong(&ports::look(&begun.patient())), [""; 0]);
    assert!(begun.patient().folder.is_some() && !begun.patient().is_live());
}

#[test]
fn a_damaged_journal_is_found() {
    let begun = Begun::new();
    let journal = begun.folder.journal();
    let mut bytes = fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xAA);
    fs::write(&journal, bytes).unwrap();
    finds(&begun.look(), "journal_damaged", &["account.journal"]);
    fs::remove_file(&journal).unwrap();
    fs::create_dir(begun.folder.tape()).unwrap();
    finds(&begun.look(), "journal_gone", &["is gone"]);
}

#[test]
fn a_damaged_recording_is_found() {
    let begun = Begun::new();
    Recording::open(begun.folder.tape()).unwrap().0.close().unwrap();
    assert_eq!(wrong(&begun.look()), ["backup_none"]);
    fs::write(begun.folder.tape().join("tape.json"), "noise").unwrap();
    finds(&begun.look(), "recording_damaged", &["tape"]);
}

#[test]
fn what_a_killed_host_left_is_found() {
    let begun = Begun::new();
    drop(begun.session());
    finds(&begun.look(), "not_ended", &["did not end in good order"]);
    let order = OpenOrder { order: OrderId(1), ticker: "KX-1".to_owned(), state: OrderState::Working, left: Qty(1) };
    let summary = AccountSummary {
        session: None,
        engine_version: None,
        open_orders: vec![order],
        positions: Vec::new(),
        operator: None,
        reconciliation: None,
        snapshot: None,
    };
    finds(&store::left_behind(&summary), "orders_left", &["1 orders are open"]);
}

#[test]
fn a_backup_that_is_old_or_gone_is_found() {
    let begun = Begun::new();
    let now = begun.patient().now;
    begun.back_up(now - Span::days(8));
    finds(&begun.look(), "backup_old", &["is 8 days old"]);
    let out = begun.back_up(now - Span::days(1));
    assert_eq!(wrong(&begun.look()), [""; 0]);
    fs::remove_file(out).unwrap();
    finds(&begun.look(), "backup_gone", &["is not at"]);
}

#[test]
fn files_that_others_can_use_are_closed() {
    let begun = Begun::new();
    let look = || keys::look(&begun.patient());
    let (folder, journal) = (begun.folder.path().to_owned(), begun.folder.journal());
    let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // In a folder that is closed nobody reaches a file that is not.
    set(&journal, 0o644);
    assert_eq!(wrong(&look()), [""; 0]);
    set(&folder, 0o755);
    assert_eq!(wrong(&look()), ["account_open", "account_open"]);
    for found in look() {
        found.remedy.unwrap().apply().unwrap();
    }
    assert_eq!((mode(&folder), mode(&journal)), (0o700, 0o600));
    assert_eq!(wrong(&look()), [""; 0]);
    if chown_away(&begun.folder.journal()) {
        finds(&look(), "account_not_yours", &["account.journal", "sudo"]);
    }
}

#[test]
fn formats_of_other_versions_are_found_before_a_start_meets_them() {
    let (journal, account) = (*AccountFormats::JOURNAL.end(), *AccountFormats::ACCOUNT.end());
    let check = |journal: i64, account: i64, state: i64, code: &str, words: &[&str]| {
        let last_host = Some("0.1.0".to_owned());
        let found = AccountFormats { journal, account: Some(account), state: Some(state), last_host };
        finds(&formats::judge(&found), code, words);
    };
    check(journal + 1, account, 4, "format_newer", &["the journal", "a later host, 0.1.0"]);
    check(journal, account + 1, 4, "format_newer", &["the account's tables"]);
    check(journal, account, 99, "format_newer", &["the engine's state has version 99"]);
    check(journal, 1, 4, "format_too_old", &["the account's tables has version 1"]);
    check(journal, account - 1, 4, "format_upgrade", &["upgrades it to"]);
    // The same in a file.
    let begun = Begun::new();
    begun.sql(&format!("UPDATE account SET version = {}", account + 1));
    finds(&formats::look(&begun.patient()), "format_newer", &["the account's tables"]);
    begun.sql(&format!("PRAGMA user_version = {}", journal + 1));
    finds(&formats::look(&begun.patient()), "format_newer", &["the journal"]);
    assert_eq!(wrong(&begun.look()), ["backup_none"], "the store leaves it to the formats");
}

#[test]
fn a_former_account_is_told_that_it_will_be_upgraded() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/host-0.1.0/live/account.journal");
    let begun = Begun::new();
    fs::copy(kept, begun.folder.journal()).unwrap();
    finds(&formats::look(&begun.patient()), "format_upgrade", &["for good"]);
}

#[test]
fn a_disk_that_fills_up_is_found() {
    const GB: u64 = 1_000_000_000;
    let check = |free_bytes: u64, growth: u64, code: &str, words: &[&str]| {
        let found = DiskUse { free_bytes, growth_bytes_per_day: Some(growth), ..DiskUse::default() };
        finds(&[disk::judge(&found)], code, words);
    };
    check(GB, 0, "disk_low", &["1.0 GB are free"]);
    check(100 * GB, 20 * GB, "disk_low", &["enough for 5 days"]);
    check(GB / 10, 0, "disk_critical", &["0.1 GB"]);
    check(20 * GB, 40 * GB, "disk_critical", &[]);
    let enough = DiskUse { free_bytes: 100 * GB, ..DiskUse::default() };
    assert_eq!(wrong(&[disk::judge(&enough)]), [""; 0]);
    // The growth is that of the account's life.
    let begun = Begun::new();
    let at = |now: Timestamp| disk::look(&Patient { now, ..begun.patient() })[0].finding.clone();
    assert!(at(Timestamp(Span::days(2).0)).contains("days at the account's growth"));
    assert!(at(Timestamp(Span::hours(2).0)).contains("not known yet"));
}

#[test]
fn the_socket_of_a_killed_host_is_removed() {
    let begun = Begun::new();
    drop(UnixListener::bind(begun.folder.socket()).unwrap());
    let look = || ports::look(&begun.patient());
    // While a host holds the lock, it is the host that is silent.
    let lock = File::create(begun.folder.lock()).unwrap();
    lock.lock().unwrap();
    finds(&look(), "host_silent", &["does not answer"]);
    drop(lock);
    cures(look, "socket_stale", &["control.sock"]);
    let deep = begun.root.path().join("a".repeat(120));
    let text = format!("[live]\nfolder = \"{}\"\naccount = \"alex\"\n", deep.display());
    finds(&ports::look(&patient(&text)), "socket_too_long", &["longer than the system allows"]);
}

#[test]
fn messages_that_did_not_arrive_are_found() {
    let begun = Begun::new();
    fs::write(begun.folder.path().join("alerts.db"), "noise that is no database").unwrap();
    finds(&alerts::look(&begun.patient(), false).unwrap(), "alerts_undelivered", &["alerts.db"]);
    fs::remove_file(begun.folder.path().join("alerts.db")).unwrap();
    let queue = rusqlite::Connection::open(begun.folder.path().join("alerts.db")).unwrap();
    queue.execute_batch(include_str!("../../../../../monitor/src/alerts/queue.sql")).unwrap();
    let message = serde_json::to_string(&host_monitor::alerts::Message::test("alex")).unwrap();
    let insert = "INSERT INTO messages (channel, kind, queued, message, tries, next_try, state, ended, error) \
                  VALUES ('mail', 'test', 1, ?1, ?2, 1, ?3, ?4, 'no answer')";
    let now = begun.patient().now.0;
    let looks = |tries: i64, state: &str, ended: Option<i64>| {
        queue.execute(insert, rusqlite::params![message, tries, state, ended]).unwrap();
        let found = alerts::look(&begun.patient(), false).unwrap();
        wrong(&found).iter().filter(|code| **code == "alerts_undelivered").count()
    };
    assert_eq!([looks(0, "waiting", None), looks(1, "sent", Some(now)), looks(9, "failed", Some(5))], [0; 3]);
    assert_eq!(looks(1, "waiting", None), 1);
    assert_eq!(looks(3, "failed", Some(now)), 1);
    let found = alerts::look(&begun.patient(), false).unwrap();
    finds(&found, "alerts_undelivered", &["2 messages were not delivered; the last by mail: no answer"]);
}
