//! A long history for an account, as a host has written it after months of trading.

use std::path::Path;

use rusqlite::Connection;

/// Appends `rows` copies of the rows that are there, half of them to `events` and half to `records`, and a hundredth
/// as many orders that have ended. Numbers and contents are like the host's own; the account's present state does not
/// change.
pub fn grow(journal: &Path, rows: i64) {
    let connection = Connection::open(journal).expect("a journal");
    let script = format!(
        "BEGIN;
         CREATE TEMP TABLE copy AS
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {half}) SELECT i FROM n;
         CREATE TEMP TABLE last AS
             SELECT (SELECT max(seq) FROM records) AS record, (SELECT max(seq) FROM events) AS event;
         INSERT INTO records (seq, time, kind, slot, market, order_id, body)
             SELECT last.record + i, time, kind, slot, market, order_id, body
             FROM copy, last JOIN records ON records.seq = 1 + i % last.record;
         INSERT INTO events (seq, time, kind, body, record_to, cancels)
             SELECT last.event + i, time, kind, body, last.record + i, cancels
             FROM copy, last JOIN events ON events.seq = 1 + i % last.event;
         INSERT INTO outbox (order_id, client_order_id, ticker, body, qty, state, sent, ended, reason, updated)
             SELECT -i, 'past-' || i, ticker, body, qty, 'rejected', updated, updated, 'long ago', updated
             FROM copy, (SELECT * FROM outbox LIMIT 1) WHERE i <= {orders};
         COMMIT;",
        half = rows / 2,
        orders = rows / 100,
    );
    connection.execute_batch(&script).expect("SQL");
}
