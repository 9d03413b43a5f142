//! A read-only summary of a live account, taken without a lock and without starting a session.

use std::path::Path;
use std::time::Duration;

use host_core::OrderState;
use host_core::{OrderId, Qty, SlotId, Timestamp, Usd};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use serde::de::DeserializeOwned;

use super::error::OperationError;
use super::operator_log::reconciliation_days;
use super::recover::{HELD, LATEST, StoredSnapshot};
use super::store::{META, parse};
use super::upgrade::FORMER_VERSION;
use super::{JOURNAL_FILE, OperatorEntry, PositionRow, Reconciliation, ReconciliationDay, StoreError};
use crate::journal::upgrade::FACTOR;
use crate::journal::{Journal, SCHEMA, StrategyInfo};
use crate::sqlite;

/// Longest wait for a writer that blocks a read.
const BUSY: Duration = Duration::from_secs(2);

const SESSION: &str = "SELECT started, ended FROM sessions ORDER BY number DESC LIMIT 1";
const ENGINE_VERSION: &str = "SELECT engine_version FROM sessions ORDER BY number DESC LIMIT 1";
const SESSIONS: &str = "SELECT number, started, ended, engine_version FROM sessions ORDER BY number";
const OPEN: &str = "SELECT order_id, ticker, iif(state = 'intended', 'sent', state), qty - filled \
                    FROM outbox INDEXED BY outbox_open WHERE ended IS NULL ORDER BY order_id";
const LAST_WORD: &str = "SELECT time, who, what, reason FROM operator_log ORDER BY number DESC LIMIT 1";
const ALL_COMPARED: &str = "SELECT time, clean, detail FROM reconciliations ORDER BY number";
const SETTINGS: &str = "SELECT started, strategies, config FROM sessions ORDER BY number DESC LIMIT ?";
const OPERATOR_LOG: &str = "SELECT time, who, what, reason FROM operator_log ORDER BY number DESC LIMIT ?";
const COMPARED: &str = "SELECT time, clean, detail FROM reconciliations ORDER BY number DESC LIMIT 1";

/// The state of an account, as the last host left it or the running one keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// Time of the last start of a host, and of its orderly stop, if there was one.
    pub session: Option<(Timestamp, Option<Timestamp>)>,
    /// Version of the host that started last.
    pub engine_version: Option<String>,
    /// Open orders by number.
    pub open_orders: Vec<OpenOrder>,
    /// Positions by slot and ticker.
    pub positions: Vec<PositionRow>,
    /// Last entry of the operator log.
    pub operator: Option<OperatorEntry>,
    /// Last comparison with the venue.
    pub reconciliation: Option<Reconciliation>,
    /// The latest snapshot of the engine.
    pub snapshot: Option<StoredSnapshot>,
}

/// An order that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    pub order: OrderId,
    pub ticker: String,
    pub state: OrderState,
    /// Quantity that is not filled yet.
    pub left: Qty,
}

/// Returns the summary of the store in `folder`.
///
/// # Errors
/// [`StoreError::Journal`] if there is no store, or it is damaged, locked or of another version.
pub fn account_summary(folder: &Path) -> Result<AccountSummary, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    // Tells what is wrong with the file if it is not a journal of this host.
    drop(Journal::open(&path)?);
    look(&path).map_err(|cause| cause.at(&path))
}

/// Returns the value that the store in `folder` keeps under `key`, if there is one.
///
/// # Errors
/// As [`account_summary`]; also if the value has another type.
pub fn account_meta<T: DeserializeOwned>(folder: &Path, key: &str) -> Result<Option<T>, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let journal = Journal::open(&path)?;
    let read = || {
        let found: Option<String> = journal.connection().query_row(META, [key], |row| row.get(0)).optional()?;
        found.map(|text| parse(&text, &format!("`{key}`"))).transpose()
    };
    read().map_err(|cause: OperationError| cause.at(&path))
}

/// A session of a host with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// Number of the session, from 1.
    pub number: i64,
    pub started: Timestamp,
    /// Time of its end; `None` while it runs, or if it was killed.
    pub ended: Option<Timestamp>,
    /// Version of the host.
    pub engine_version: String,
}

/// The past of an account: read on request only, because it grows with history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountHistory {
    /// All sessions, in order.
    pub sessions: Vec<SessionSummary>,
    /// Sums of the comparisons before the latest 1,000, by day.
    pub reconciliation_days: Vec<ReconciliationDay>,
    /// The latest 1,000 comparisons, in order.
    pub reconciliations: Vec<Reconciliation>,
    /// All entries of the operator log, in order.
    pub operator: Vec<OperatorEntry>,
}

/// Returns the history of the store in `folder`.
///
/// # Errors
/// As [`account_summary`].
pub fn account_history(folder: &Path) -> Result<AccountHistory, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let journal = Journal::open(&path)?;
    let session = |row: &Row<'_>| {
        let (started, ended) = (Timestamp(row.get(1)?), row.get::<_, Option<i64>>(2)?.map(Timestamp));
        Ok(SessionSummary { number: row.get(0)?, started, ended, engine_version: row.get(3)? })
    };
    let read = |connection| {
        let sessions = all(connection, SESSIONS, session)?;
        // The former version kept no sums.
        let has_sums = unit(connection)? == 1;
        let reconciliation_days = if has_sums { reconciliation_days(connection)? } else { Vec::new() };
        let reconciliations = all(connection, ALL_COMPARED, compared)?;
        let operator = latest(connection, OPERATOR_LOG, usize::MAX, operator_entry)?;
        Ok::<_, OperationError>(AccountHistory { sessions, reconciliation_days, reconciliations, operator })
    };
    read(journal.connection()).map_err(|cause| cause.at(&path))
}

/// Returns the operator log of the store in `folder`, the oldest entry first.
///
/// # Errors
/// As [`account_summary`].
pub fn account_operator_log(folder: &Path) -> Result<Vec<OperatorEntry>, StoreError> {
    latest_operator_entries(folder, usize::MAX)
}

/// Returns the latest entries of [`account_operator_log`], at most `most`, the oldest first.
///
/// # Errors
/// As [`account_summary`].
pub fn latest_operator_entries(folder: &Path, most: usize) -> Result<Vec<OperatorEntry>, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let journal = Journal::open(&path)?;
    latest(journal.connection(), OPERATOR_LOG, most, operator_entry).map_err(|cause| cause.at(&path))
}

/// The settings that a session was started with.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSettings {
    pub started: Timestamp,
    /// The strategies by slot, with all their parameters.
    pub strategies: Vec<StrategyInfo>,
    /// The configuration, as TOML.
    pub config: String,
}

/// Returns what each session of the store in `folder` was started with, in order.
///
/// # Errors
/// As [`account_summary`].
pub fn account_settings(folder: &Path) -> Result<Vec<SessionSettings>, StoreError> {
    latest_settings(folder, usize::MAX)
}

/// Returns what the latest sessions were started with, at most `most` of them, in order.
///
/// # Errors
/// As [`account_summary`].
pub fn latest_settings(folder: &Path, most: usize) -> Result<Vec<SessionSettings>, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let journal = Journal::open(&path)?;
    let settings = |row: &Row<'_>| {
        let strategies = parse(&row.get::<_, String>(1)?, "the strategies of a session")?;
        Ok(SessionSettings { started: Timestamp(row.get(0)?), strategies, config: row.get(2)? })
    };
    latest(journal.connection(), SETTINGS, most, settings).map_err(|cause| cause.at(&path))
}

fn operator_entry(row: &Row<'_>) -> Result<OperatorEntry, OperationError> {
    let time = Timestamp(row.get(0)?);
    Ok(OperatorEntry { time, who: row.get(1)?, what: row.get(2)?, reason: row.get(3)? })
}

fn compared(row: &Row<'_>) -> Result<Reconciliation, OperationError> {
    let time = Timestamp(row.get(0)?);
    Ok(Reconciliation { time, clean: row.get(1)?, detail: row.get(2)? })
}

fn look(path: &Path) -> Result<AccountSummary, OperationError> {
    let mut connection = sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    SCHEMA.check(&connection)?;
    // One transaction, so that all parts are of the same moment.
    let connection = connection.transaction()?;
    let unit = unit(&connection)?;
    let session = |row: &Row<'_>| Ok((Timestamp(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(Timestamp)));
    Ok(AccountSummary {
        session: connection.query_row(SESSION, [], session).optional()?,
        engine_version: connection.query_row(ENGINE_VERSION, [], |row| row.get(0)).optional()?,
        open_orders: all(&connection, OPEN, |row| open_order(row, unit))?,
        positions: all(&connection, HELD, |row| position(row, unit))?,
        operator: all(&connection, LAST_WORD, operator_entry)?.pop(),
        reconciliation: all(&connection, COMPARED, compared)?.pop(),
        snapshot: connection.query_row(LATEST, [], StoredSnapshot::of_row).optional()?,
    })
}

/// Returns the factor that brings figures into this host's units. A store that no host of this version has opened yet
/// is in the units of the former one.
fn unit(connection: &Connection) -> Result<i64, OperationError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(if version <= FORMER_VERSION { FACTOR } else { 1 })
}

/// Returns all rows of `sql`.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> Result<T, OperationError>,
) -> Result<Vec<T>, OperationError> {
    let mut select = connection.prepare(sql)?;
    let rows = select.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Returns the first `most` rows of `sql`, which begins with the latest, in the order of time.
fn latest<T>(
    connection: &Connection,
    sql: &str,
    most: usize,
    read: impl Fn(&Row<'_>) -> Result<T, OperationError>,
) -> Result<Vec<T>, OperationError> {
    let mut select = connection.prepare(sql)?;
    let rows = select.query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| Ok(read(row)))?;
    let mut latest: Vec<T> = rows.map(|row| row?).collect::<Result<_, _>>()?;
    latest.reverse();
    Ok(latest)
}

/// Reads an order whose quantity is in `unit`s of this host's.
fn open_order(row: &Row<'_>, unit: i64) -> Result<OpenOrder, OperationError> {
    let order = OrderId(row.get::<_, i64>(0)?.cast_unsigned());
    let state = row.get::<_, String>(2)?.parse();
    let state = state.map_err(|error| OperationError::Damaged(format!("order {}: {error}", order.0)))?;
    Ok(OpenOrder { order, ticker: row.get(1)?, state, left: Qty(row.get::<_, i64>(3)?.saturating_mul(unit)) })
}

/// Reads a position whose figures are in `unit`s of this host's.
fn position(row: &Row<'_>, unit: i64) -> Result<PositionRow, OperationError> {
    let figure = |column| Ok::<_, OperationError>(row.get::<_, i64>(column)?.saturating_mul(unit));
    let (slot, qty, cost) = (SlotId(row.get(0)?), Qty(figure(2)?), Usd(figure(3)?));
    Ok(PositionRow { slot, ticker: row.get(1)?, qty, cost })
}
