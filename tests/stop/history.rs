//! A long past for an account: what a host that has traded for months has written down.

use std::path::Path;

use rusqlite::Connection;

/// Copies of what is there, behind it: rows of `events` and `records`, half each, and a hundredth as many orders that have
/// ended. They are numbered and shaped as the host's own; the account as it is now stays untouched.
pub fn grow(journal: &Path, rows: i64) {
    let connection = Connection::open(journal).expect("a journal");
    let script = format!(
        "BEGIN;
         CREATE TEMP TABLE copy AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {half}) SELECT i FROM n;
         CREATE TEMP TABLE last AS SELECT (SELECT max(seq) FROM records) AS record, (SELECT max(seq) FROM events) AS event;
         INSERT INTO records (seq, time, kind, slot, market, order_id, body)
             SELECT last.record + i, time, kind, slot, market, order_id, body
             FROM copy, last JOIN records ON records.seq = 1 + i % last.record;
         INSERT INTO events (seq, time, kind, body, record_to, cancels)
             SELECT last.event + i, time, kind, body, last.record + i, cancels
             FROM copy, last JOIN events ON events.seq = 1 + i % last.event;
         INSERT INTO outbox (order_id, client_order_id, ticker, body, qty, state, ended, reason, updated)
             SELECT -i, 'past-' || i, ticker, body, qty, 'rejected', updated, 'long ago', updated
             FROM copy, (SELECT * FROM outbox LIMIT 1) WHERE i <= {orders};
         COMMIT;",
        half = rows / 2,
        orders = rows / 100,
    );
    connection.execute_batch(&script).expect("SQL");
}
