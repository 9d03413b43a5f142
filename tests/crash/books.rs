//! The host's books: a copy of the account's folder, read row by row without the host's own code, except for the
//! reader of the recording.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::{Quotes, Timestamp};
use host_store::recording::Recording;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::support::journal;

/// Tables to which rows are only ever added, each with a query in the order of its rows. Left out are the columns
/// that say how a session ended.
const TABLES: [(&str, &str); 7] = [
    ("events", EVENTS),
    ("records", "SELECT * FROM records ORDER BY seq"),
    ("markets", "SELECT * FROM markets ORDER BY id"),
    ("sessions", "SELECT number, started, engine_version, config, strategies FROM sessions ORDER BY number"),
    ("executions", "SELECT * FROM executions ORDER BY venue_id"),
    ("operator_log", "SELECT * FROM operator_log ORDER BY rowid"),
    ("reconciliations", "SELECT * FROM reconciliations ORDER BY rowid"),
];

/// The rows of a poll may move into the recording, where a replay finds them by their checksum.
const EVENTS: &str = "SELECT seq, time, iif(kind = 'recorded_poll', 'poll', kind), \
    iif(kind IN ('poll', 'recorded_poll'), '', hex(body)), record_to, cancels FROM events ORDER BY seq";

/// A row as text.
pub type Line = String;

/// The contents of the journal and the recording.
#[derive(Debug)]
pub struct Books {
    /// Rows of the tables that only grow.
    pub tables: BTreeMap<&'static str, Vec<Line>>,
    /// All orders by number.
    pub orders: BTreeMap<i64, Order>,
    /// Contracts by ticker.
    pub positions: BTreeMap<String, i64>,
    /// The engine's cash, in 1/10,000,000,000 dollar.
    pub cash: Option<i64>,
    /// Fills by the venue's id, with the order's number if it is one of the host's.
    pub fills: BTreeMap<String, Option<i64>>,
    /// Times of polls that the engine was shown.
    pub polls: Vec<i64>,
    /// Rows of the recording: time, market, and the whole row.
    pub recorded: Vec<(i64, u32, Line)>,
}

/// An order in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The client order id.
    pub client_id: String,
    /// Its state in the outbox.
    pub state: String,
    /// The venue's id.
    pub venue_id: Option<String>,
    /// Contracts ordered, in millionths.
    pub qty: i64,
    /// Contracts filled, in millionths.
    pub filled: i64,
    /// The engine's order, as it was journaled.
    pub body: String,
    /// Time of its end.
    pub ended: Option<i64>,
    /// Time from which its outcome was unknown; kept once it is known.
    pub unknown_since: Option<i64>,
}

impl Order {
    /// The number of steps that it has taken from its commit to its end.
    pub fn stage(&self) -> usize {
        let stages = ["sent", "unknown", "working"];
        stages.iter().position(|state| self.state == *state).unwrap_or(stages.len())
    }
}

impl Books {
    /// Reads a copy of an account's folder; returns `None` if there is no journal yet.
    pub fn read(folder: &Path) -> Result<Option<Books>, String> {
        let path = folder.join("account.journal");
        if !path.exists() {
            return Ok(None);
        }
        let connection = Connection::open(&path).map_err(said)?;
        let check = rows(&connection, "PRAGMA integrity_check")?;
        if check != [r#"[Text("ok")]"#] {
            return Err(format!("the journal is damaged: {check:?}"));
        }
        let tables = TABLES.iter().map(|(name, sql)| Ok((*name, rows(&connection, sql)?)));
        let polls = "SELECT time FROM events WHERE kind IN ('poll', 'recorded_poll') ORDER BY seq";
        let snapshot = "SELECT body ->> '$.portfolio.cash' FROM snapshots ORDER BY number DESC LIMIT 1";
        let positions = "SELECT ticker, sum(qty) FROM positions GROUP BY ticker HAVING sum(qty) <> 0";
        Ok(Some(Books {
            tables: tables.collect::<Result<_, String>>()?,
            orders: orders(&connection).map_err(said)?,
            positions: pairs(&connection, positions)?.into_iter().collect(),
            cash: select(&connection, snapshot, |row| row.get(0))?.pop(),
            fills: pairs(&connection, "SELECT venue_id, order_id FROM executions")?.into_iter().collect(),
            polls: select(&connection, polls, |row| row.get(0))?,
            recorded: recorded(&folder.join("tape"))?,
        }))
    }

    /// The rows of a table that only grows.
    pub fn table(&self, name: &str) -> &[Line] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// The number of orders that have not ended.
    pub fn open_orders(&self) -> usize {
        self.orders.values().filter(|order| order.ended.is_none()).count()
    }
}

fn said(error: rusqlite::Error) -> String {
    format!("the journal cannot be read: {error}")
}

fn select<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, String> {
    journal::select(connection, sql, read).map_err(said)
}

fn rows(connection: &Connection, sql: &str) -> Result<Vec<Line>, String> {
    select(connection, sql, |row| {
        let columns = row.as_ref().column_count();
        let values: Vec<Value> = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
        Ok(format!("{values:?}"))
    })
}

fn pairs<T: rusqlite::types::FromSql>(connection: &Connection, sql: &str) -> Result<Vec<(String, T)>, String> {
    select(connection, sql, |row| Ok((row.get(0)?, row.get(1)?)))
}

fn orders(connection: &Connection) -> rusqlite::Result<BTreeMap<i64, Order>> {
    let sql =
        "SELECT order_id, client_order_id, state, venue_order_id, qty, filled, body, ended, unknown_since FROM outbox";
    let orders = journal::select(connection, sql, |row| {
        let order = Order {
            client_id: row.get(1)?,
            state: row.get(2)?,
            venue_id: row.get(3)?,
            qty: row.get(4)?,
            filled: row.get(5)?,
            body: row.get(6)?,
            ended: row.get(7)?,
            unknown_since: row.get(8)?,
        };
        Ok((row.get(0)?, order))
    })?;
    Ok(orders.into_iter().collect())
}

/// Reads the whole recording.
fn recorded(folder: &Path) -> Result<Vec<(i64, u32, Line)>, String> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error| format!("the recording cannot be read: {error}");
    let (recording, _) = Recording::open(folder).map_err(failed)?;
    let mut rows = recording.rows_between(Timestamp(0), Timestamp(i64::MAX)).map_err(failed)?;
    let (mut batch, mut all) = (Quotes::default(), Vec::new());
    while rows.next_batch(&mut batch).map_err(failed)? {
        for row in 0..batch.len() {
            let line = format!("{:?}", batch.view(row..row + 1));
            all.push((batch.time[row], batch.market[row], line));
        }
    }
    Ok(all)
}
