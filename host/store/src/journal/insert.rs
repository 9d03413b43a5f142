//! The statements that write a journal, shared by the journals of runs and of live accounts. The caller holds the
//! transaction.

use std::path::Path;

use host_core::{Market, Record};
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::error::JournalError;
use super::events::{EventRef, JournalStep};
use super::keys::Keys;
use super::resumed;
use super::rows;
use super::run::RunInfo;
use super::schema::{JOURNAL_TABLES, VIEWS};
use super::swap;

/// Numbers of the last record and the last event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) record_seq: i64,
    pub(crate) event_seq: i64,
}

/// Creates the tables and writes the description of the run, within the current transaction of `connection`.
pub(crate) fn write_run(path: &Path, connection: &Connection, run: &RunInfo) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    connection.execute_batch(JOURNAL_TABLES).map_err(&failed)?;
    connection.execute_batch(VIEWS).map_err(&failed)?;
    let ended = run.ended.map(|ended| ended.0);
    let (mode, seed) = (run.mode.to_string(), run.seed.to_string());
    let sql = "INSERT INTO run (mode, engine_version, started, ended, seed, data, data_digest, config) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let RunInfo { engine_version, data, data_digest, config, .. } = run;
    let row = params![mode, engine_version, run.started.0, ended, seed, data, data_digest, config];
    connection.execute(sql, row).map_err(&failed)?;
    for strategy in &run.strategies {
        let parameters = json(path, &strategy.parameters)?;
        let sql = "INSERT INTO strategies (slot, name, version, sha256, parameters) VALUES (?, ?, ?, ?, ?)";
        let row = params![strategy.slot.0, strategy.name, strategy.version, strategy.sha256, parameters];
        connection.execute(sql, row).map_err(&failed)?;
    }
    insert_markets(path, connection, &run.markets)
}

/// Writes markets that were listed or changed.
pub(crate) fn insert_markets(path: &Path, connection: &Connection, markets: &[Market]) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    let sql = "INSERT OR REPLACE INTO markets (id, ticker, event, series, category, body) VALUES (?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql).map_err(&failed)?;
    for market in markets {
        let Market { id, ticker, event, series, category, .. } = market;
        let body = json(path, market)?;
        insert.execute(params![id.0, ticker, event, series, category, body]).map_err(&failed)?;
    }
    Ok(())
}

/// Writes `step` within the current transaction of `connection`, and advances `counters`. After an error the
/// transaction must be rolled back, and `counters` discarded.
pub(crate) fn insert_step(
    path: &Path,
    connection: &Connection,
    counters: &mut Counters,
    step: &JournalStep<'_>,
) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    insert_records(path, connection, &mut counters.record_seq, step.records)?;
    counters.event_seq += 1;
    let sql = "INSERT INTO events (seq, time, kind, body, record_to, cancels) VALUES (?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql).map_err(&failed)?;
    let (event, time) = (step.event, step.event.time().map(|time| time.0));
    let cancels = if step.cancels.is_empty() { None } else { Some(json(path, &step.cancels)?) };
    let row = params![counters.event_seq, time, event.kind(), body(event, path)?, counters.record_seq, cancels];
    insert.execute(row).map_err(&failed)?;
    Ok(())
}

/// Writes records after number `seq`, and advances it.
pub(super) fn insert_records(
    path: &Path,
    connection: &Connection,
    seq: &mut i64,
    records: &[Record],
) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    let sql = "INSERT INTO records (seq, time, kind, slot, market, order_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql).map_err(&failed)?;
    for record in records {
        *seq += 1;
        let keys = Keys::of(record);
        let (slot, market) = (keys.slot.map(|slot| slot.0), keys.market.map(|market| market.0));
        let order = keys.order.map(|order| order.0.cast_signed());
        let body = json(path, record)?;
        insert.execute(params![*seq, keys.time.0, keys.kind, slot, market, order, body]).map_err(&failed)?;
    }
    Ok(())
}

/// Returns the value of the column `body`. JSON is stored as text, so that it can be queried in SQL.
fn body(event: EventRef<'_>, path: &Path) -> Result<SqlValue, JournalError> {
    let text = match event {
        EventRef::Preview(rows) | EventRef::Poll(rows) => return Ok(SqlValue::Blob(rows::encode(rows))),
        EventRef::Resumed(resumed) => {
            return resumed::encode(resumed).map(SqlValue::Blob).map_err(|error| unwritable(path, error));
        }
        EventRef::Swap(swap) | EventRef::Shadow(swap) => {
            return swap::encode(swap).map(SqlValue::Blob).map_err(|error| unwritable(path, error));
        }
        EventRef::Start(start) => json(path, start),
        EventRef::Market(market) => json(path, market),
        EventRef::Tape { rows } | EventRef::NextPolls { rows } => json(path, &rows),
        EventRef::Venue(event) => json(path, event),
        EventRef::Settled(settlement) => json(path, &settlement),
        EventRef::Command(command) => json(path, command),
        EventRef::WarmUp(rows) => json(path, rows),
        EventRef::Finish => Ok(String::new()),
    };
    text.map(SqlValue::Text)
}

/// Stores a copy of a component, unless there is one.
pub(crate) fn insert_component(
    path: &Path,
    connection: &Connection,
    sha256: &str,
    bytes: &[u8],
) -> Result<(), JournalError> {
    let sql = "INSERT OR IGNORE INTO components (sha256, bytes) VALUES (?, ?)";
    connection.execute(sql, params![sha256, bytes]).map(drop).map_err(JournalError::from_sqlite(path))
}

/// Returns `value` as the JSON that the journal stores.
pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: serde_json::Error) -> JournalError {
    JournalError::Unwritable { path: path.to_owned(), reason: error.to_string() }
}
