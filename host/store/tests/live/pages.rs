//! The tables that pages show: equity over time, sums of old comparisons, sessions.

use host_core::{Timestamp, Usd};
use host_store::journal::{EquityPoint, EquityPoints, Journal};
use host_store::live::{Commit, Reconciliation, ReconciliationDay, account_history};

use crate::support::*;

/// Commits the equity, in whole dollars, after steps at some seconds after the start.
fn note(store: &mut host_store::live::LiveStore, steps: &[(u64, i64)]) {
    let mut equity = EquityPoints::default();
    for &(seconds, dollars) in steps {
        equity.note(at(seconds), Usd::dollars(dollars));
    }
    commit(store, &Commit { equity: equity.as_slice(), ..Commit::at(START) }).unwrap();
}

fn point(seconds: u64, [first, last, lowest, highest]: [i64; 4]) -> EquityPoint {
    let usd = Usd::dollars;
    EquityPoint { start: at(seconds), first: usd(first), last: usd(last), lowest: usd(lowest), highest: usd(highest) }
}

#[test]
fn equity_is_kept_per_five_minutes_and_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    note(&mut store, &[(0, 100), (30, 90), (60, 95)]);
    note(&mut store, &[(299, 120), (300, 110)]);
    drop(store);
    let mut store = open(folder.path());
    note(&mut store, &[(599, 80)]);
    note(&mut store, &[(3_600, 130)]);
    let expected =
        vec![point(0, [100, 120, 90, 120]), point(300, [110, 80, 80, 110]), point(3_600, [130, 130, 130, 130])];
    let journal = Journal::open(store.path()).unwrap();
    assert_eq!(journal.equity().unwrap(), expected);
    let shown = rusqlite::Connection::open(store.path()).unwrap();
    let sql = "SELECT start || ' ' || lowest FROM equity_points LIMIT 1";
    let shown: String = shown.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(shown, "2026-01-01T00:00:00.000Z 90.0");
}

#[test]
fn comparisons_beyond_the_last_thousand_are_summed_by_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    // Every five minutes, one in ten with differences.
    let time = |n: u64| at(n * 300);
    for n in 0..1_700 {
        let clean = n % 10 != 0;
        store.note_reconciliation(&Reconciliation { time: time(n), clean, detail: String::new() }).unwrap();
    }
    assert_eq!(store.reconciliations(2_000).unwrap().len(), 1_000);
    let day = |number: i64, first: u64, last: u64, differing: u64| ReconciliationDay {
        day: START.day() + number,
        comparisons: last - first + 1,
        clean: last - first + 1 - differing,
        differing,
        first: time(first),
        last: time(last),
    };
    let expected = vec![day(0, 0, 287, 29), day(1, 288, 575, 29), day(2, 576, 699, 12)];
    assert_eq!(store.reconciliation_days().unwrap(), expected);
    store.close(time(1_700)).unwrap();
    let store = open(folder.path());
    let history = account_history(folder.path()).unwrap();
    assert_eq!(history.reconciliation_days, expected);
    let sessions: Vec<(i64, Option<Timestamp>, &str)> =
        history.sessions.iter().map(|session| (session.number, session.ended, &*session.engine_version)).collect();
    assert_eq!(sessions, [(1, Some(time(1_700)), "0.1.0"), (2, None, "0.1.0")]);
    drop(store);
}
