//! A full disk, a locked file and a read-only file: nothing is lost, and nothing more is written.

use std::time::Duration;

use rusqlite::Connection;

use super::*;
use crate::journal::JournalError;

/// Trades until an operation fails. Returns the error and the number of the first order that did not end.
fn trade(store: &mut LiveStore) -> (StoreError, u64) {
    for id in (1..).step_by(2) {
        if let Err(error) = live(store, id) {
            return (error, id);
        }
    }
    unreachable!("it goes on until it fails")
}

#[test]
fn a_full_disk_stops_the_store_and_loses_nothing() {
    for spare in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        list(&mut store, &market(0));
        let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.connection.pragma_update(None, "max_page_count", pages + spare).unwrap();
        let (error, failed) = trade(&mut store);
        assert!(matches!(&error, StoreError::Journal(JournalError::Full { .. })), "{error}");
        assert!(error.to_string().contains("free some space"), "{error}");
        let before = store.open_orders().unwrap();
        let refused = store.cancels_wanted(&[OrderId(1)], NOW).unwrap_err();
        assert!(refused.to_string().contains("the disk is full"), "the message gives the reason: {refused}");
        assert_eq!(store.open_orders().unwrap(), before);
        drop(store);

        let mut store = open(folder.path());
        store.verify().unwrap();
        assert_eq!(store.open_orders().unwrap(), before, "the failed commit left nothing behind");
        for id in 1..failed {
            assert!(store.order(OrderId(id)).unwrap().unwrap().state.is_terminal(), "order {id}");
        }
        // The reopened connection has no page limit: there is space again.
        live(&mut store, 1_000).unwrap();
    }
}

#[test]
fn a_lock_that_stays_stops_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, &market(0));
    store.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = live(&mut store, 1).unwrap_err();
    assert!(matches!(error, StoreError::Journal(JournalError::Locked { .. })), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(live(&mut store, 1), Err(StoreError::Stopped { .. })));
    drop(store);
    live(&mut open(folder.path()), 1).unwrap();
}

#[test]
fn a_file_that_may_not_be_written_stops_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, &market(0));
    store.connection.pragma_update(None, "query_only", true).unwrap();
    let error = live(&mut store, 1).unwrap_err();
    assert!(matches!(error, StoreError::NoAccess { .. }), "{error}");
    store.connection.pragma_update(None, "query_only", false).unwrap();
    assert!(matches!(live(&mut store, 1), Err(StoreError::Stopped { .. })));
}

#[test]
fn every_commit_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let pragma = |store: &LiveStore, name| {
        store.connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    for _ in 0..2 {
        let store = open(folder.path());
        // 2 is FULL: the write-ahead log is synced at each commit, so that not even a power failure loses one.
        assert_eq!(pragma(&store, "synchronous"), 2.into());
        assert_eq!(pragma(&store, "journal_mode"), "wal".to_owned().into());
    }
}
