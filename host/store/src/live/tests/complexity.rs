//! The work of a session is the same after 1,000 orders as after 100,000, counted in steps of SQLite's virtual machine.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::{MarketId, Quotes};
use rusqlite::{StatementStatus, params};

use super::*;
use crate::live::{chart_lines, commit, notices, operator_log, outbox, recover, refer, store, transitions};
use crate::recording::{PollDigests, Recording};

/// The statements of a running host.
const STATEMENTS: [&str; 41] = [
    outbox::BY_ID,
    outbox::BY_CLIENT_ID,
    outbox::BY_VENUE_ID,
    outbox::OPEN,
    outbox::FILL,
    transitions::TRANSITION,
    transitions::NAME,
    transitions::WANT_CANCEL,
    transitions::CANCEL_SENT,
    transitions::SET_ASIDE,
    store::TICKER,
    commit::KNOWN,
    commit::SEND,
    commit::EXECUTE,
    commit::FILLED,
    commit::HOLD,
    commit::DROP,
    commit::LAST_SNAPSHOT,
    commit::SNAPSHOT,
    commit::FORGET_SNAPSHOTS,
    recover::LATEST,
    recover::HELD,
    notices::KEEP,
    notices::FORGET_NOTICES,
    chart_lines::DRAW,
    chart_lines::FORGET_LINES,
    operator_log::LOG,
    operator_log::COMPARED,
    operator_log::FORGET_COMPARED,
    operator_log::SUM_COMPARED,
    crate::journal::NOTE_EQUITY,
    refer::NEXT_POLL,
    refer::BODY,
    refer::REFER,
    refer::KEEP_META,
    store::MARKETS,
    store::MARKET,
    store::LAST_MARKET,
    store::MARKET_BY_TICKER,
    store::LAST_ORDER,
    store::META,
];

/// The statements of pages that people load while the host runs.
const PAGE_STATEMENTS: [&str; 3] = [crate::journal::NEWEST, crate::journal::TICKER, chart_lines::OF_MARKET];

/// Returns a store with `n` ended orders, as many fills, events, markets and log entries, and three open orders.
fn grown(folder: &Path, n: i64) -> LiveStore {
    let mut store = open(folder);
    list(&mut store, &market(0));
    store
        .write(|transaction| {
            let body = serde_json::to_string(&order(1)).unwrap();
            let sql = "INSERT INTO outbox (order_id, client_order_id, ticker, body, qty, filled, state, \
                       venue_order_id, sent, ended, updated) VALUES (?1, 'client-' || ?1, 'KX-0', \
                       json_set(?2, '$.id', ?1), 1000, 1000, 'filled', 'old-' || ?1, 1, 1, 1)";
            let mut orders = transaction.prepare(sql)?;
            let sql = "INSERT INTO executions VALUES ('old-' || ?1, ?1, 1, NULL, '{\"qty\":1000}')";
            let mut fills = transaction.prepare(sql)?;
            let mut events = transaction.prepare("INSERT INTO events VALUES (?1 + 1, 1, 'finish', '', 0, NULL)")?;
            let mut markets =
                transaction.prepare("INSERT INTO markets VALUES (?1, 'old-' || ?1, '', '', '', '{\"closes\":1}')")?;
            let sql = "INSERT INTO operator_log (time, who, what, reason) VALUES (?1, '', '', '')";
            let mut log = transaction.prepare(sql)?;
            let sql = "INSERT INTO notices (time, severity, code, times, text) VALUES (?1, '', '', 1, '')";
            let mut notices = transaction.prepare(sql)?;
            let mut lines = transaction.prepare("INSERT INTO chart_lines VALUES (?1, 0, ?2, '{}')")?;
            for id in 1..=n {
                lines.execute([id, NOW.0])?;
                orders.execute(params![id, body])?;
                fills.execute([id])?;
                events.execute([id])?;
                markets.execute([id])?;
                log.execute([id])?;
                // With the one to come they are as many as are kept, so that none is forgotten in one store alone.
                if id < n {
                    notices.execute([id])?;
                }
            }
            Ok(())
        })
        .unwrap();
    store.counters.event_seq = n + 1;
    let open = [order(1_000_001), order(1_000_002), order(1_000_003)];
    let command = Command::Resume { time: NOW, reason: String::new() };
    let step = JournalStep { event: EventRef::Command(&command), records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], orders: &open, ..Commit::at(NOW) }).unwrap();
    store
}

/// Returns the steps of each statement in a session with 20 orders and all look-ups.
fn steps(store: &mut LiveStore, n: i64) -> Vec<(&'static str, i32)> {
    store.connection.set_prepared_statement_cache_capacity(200);
    for id in 0..10 {
        live(store, 2_000_000 + 2 * id).unwrap();
    }
    list(store, &market(u32::try_from(n).unwrap() + 1));
    let gone = PositionRow { slot: SlotId(0), ticker: "KX-0".into(), qty: Qty::ZERO, cost: Usd::ZERO };
    store.commit(&Commit { positions: &[gone], ..Commit::at(NOW) }).unwrap();
    store.set_fill_aside("aside", "theirs", &"body", NOW).unwrap();
    let notice = KeptNotice {
        time: NOW,
        severity: "alert".into(),
        code: "venue_down".into(),
        times: 1,
        market: None,
        order: None,
        text: String::new(),
    };
    store.keep_notices(&[notice]).unwrap();
    let values = BTreeMap::from([("fair value".to_owned(), 0.5)]);
    let sample = LineSample { market: MarketId(1), slot: SlotId(0), time: NOW, values };
    store.keep_lines(&[sample], NOW).unwrap();
    store.note_reconciliation(&Reconciliation { time: NOW, clean: true, detail: String::new() }).unwrap();
    assert_eq!(store.open_orders().unwrap().len(), 3);
    assert_eq!(store.recover(NOW).unwrap().unknown.len(), 3);
    assert!(store.order(OrderId(n.unsigned_abs())).unwrap().is_some());
    assert!(store.order_by_client_id("client-1000").unwrap().is_some());
    assert!(store.order_by_venue_id("old-1000").unwrap().is_some());
    assert!(store.has_fill("old-1000").unwrap());
    assert_eq!(store.operator_log(5).unwrap().len(), 5);
    assert_eq!(store.reconciliations(5).unwrap().len(), 1);
    assert_eq!(store.last_order().unwrap(), Some(OrderId(2_000_019)));
    assert!(store.market_number("old-1000").unwrap().is_some());
    assert_eq!(store.markets(NOW).unwrap().len(), 2, "the two that never close");
    assert_eq!(store.next_market().unwrap(), MarketId(u32::try_from(n).unwrap() + 2));
    assert_eq!(store.meta::<i32>("none").unwrap(), None);
    refer_one_poll(store);
    let count = |sql| {
        let statement = store.connection.prepare_cached(sql).unwrap();
        (sql, statement.get_status(StatementStatus::VmStep))
    };
    STATEMENTS.into_iter().map(count).collect()
}

/// Writes a poll that is recorded, and replaces it by a reference: former polls were replaced already.
fn refer_one_poll(store: &mut LiveStore) {
    let events = store.counters.event_seq;
    store.set_meta("polls_referred", &events).unwrap();
    let mut rows = Quotes::default();
    rows.push(&host_testkit::quote(0, NOW, 4_200, 4_400));
    let step = JournalStep { event: EventRef::Poll(rows.all()), records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], ..Commit::at(NOW) }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&[market(0)]).unwrap();
    recording.append(&rows.all()).unwrap();
    recording.close().unwrap();
    let digests = PollDigests::read(folder.path(), NOW).unwrap();
    assert_eq!(store.refer_polls(&digests, 8).unwrap(), Referred::All);
}

#[test]
fn the_work_does_not_grow_with_history() {
    let (few, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (few, many) = (steps(&mut grown(few.path(), 1_000), 1_000), steps(&mut grown(many.path(), 100_000), 100_000));
    for (sql, steps) in &few {
        assert!(*steps > 0, "never ran: {sql}");
    }
    assert_eq!(few, many);
}

#[test]
fn no_query_walks_a_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let store = grown(folder.path(), 10);
    let growing = ["outbox", "executions", "records", "events", "markets", "chart_lines"];
    for sql in STATEMENTS.into_iter().chain(PAGE_STATEMENTS) {
        let mut explain = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        for parameter in 1..=explain.parameter_count() {
            explain.raw_bind_parameter(parameter, 1).unwrap();
        }
        let mut plan = explain.raw_query();
        while let Some(row) = plan.next().unwrap() {
            let detail: String = row.get(3).unwrap();
            let walks = growing.iter().any(|table| detail.starts_with(&format!("SCAN {table}")));
            assert!(!walks && !detail.contains("TEMP B-TREE"), "{detail}: {sql}");
        }
    }
}
