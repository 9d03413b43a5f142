//! What a live account's store says to whoever only looks: no lock, no session, nothing is written.

use std::path::Path;
use std::time::Duration;

use host_core::{OrderId, Qty, SlotId, Timestamp, Usd};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use super::error::OperationError;
use super::recover::HELD;
use super::{JOURNAL_FILE, LiveError, OperatorEntry, OutboxState, PositionRow, Reconciliation};
use crate::journal::Journal;

/// How long to wait for a writer that blocks a read.
const BUSY: Duration = Duration::from_secs(2);

const SESSION: &str = "SELECT started, ended FROM sessions ORDER BY number DESC LIMIT 1";
const OPEN: &str = "SELECT order_id, ticker, state, qty - filled FROM outbox INDEXED BY outbox_open WHERE ended IS NULL \
                    ORDER BY order_id";
const LAST_WORD: &str = "SELECT time, who, what, reason FROM operator_log ORDER BY number DESC LIMIT 1";
const COMPARED: &str = "SELECT time, clean, detail FROM reconciliations ORDER BY number DESC LIMIT 1";

/// The account as the last host left it, or as the running one keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// When a host last started, and when it stopped in good order, if it did.
    pub session: Option<(Timestamp, Option<Timestamp>)>,
    /// Orders that have not ended, by number.
    pub open_orders: Vec<OpenOrder>,
    /// What is held, by slot and ticker.
    pub positions: Vec<PositionRow>,
    /// What a person, or the host in his place, last did.
    pub operator: Option<OperatorEntry>,
    /// The last comparison with the venue.
    pub reconciliation: Option<Reconciliation>,
}

/// An order that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its number.
    pub order: OrderId,
    /// The venue's name of its market.
    pub ticker: String,
    /// Where it is.
    pub state: OutboxState,
    /// How much of it is not filled.
    pub left: Qty,
}

/// Looks at the store in `folder`.
///
/// # Errors
/// [`LiveError::Journal`]: there is none, it is damaged, locked, of another version.
pub fn account_summary(folder: &Path) -> Result<AccountSummary, LiveError> {
    let path = folder.join(JOURNAL_FILE);
    // Says what is wrong with the file, if it is none of ours.
    drop(Journal::open(&path)?);
    look(&path).map_err(|cause| cause.at(&path))
}

fn look(path: &Path) -> Result<AccountSummary, OperationError> {
    let mut connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // One transaction: all of it is of the same moment.
    let connection = connection.transaction()?;
    let session = |row: &Row<'_>| Ok((Timestamp(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(Timestamp)));
    let word = |row: &Row<'_>| {
        let time = Timestamp(row.get(0)?);
        Ok(OperatorEntry { time, who: row.get(1)?, what: row.get(2)?, reason: row.get(3)? })
    };
    let compared = |row: &Row<'_>| {
        let time = Timestamp(row.get(0)?);
        Ok(Reconciliation { time, clean: row.get(1)?, detail: row.get(2)? })
    };
    Ok(AccountSummary {
        session: connection.query_row(SESSION, [], session).optional()?,
        open_orders: all(&connection, OPEN, open_order)?,
        positions: all(&connection, HELD, position)?,
        operator: connection.query_row(LAST_WORD, [], word).optional()?,
        reconciliation: connection.query_row(COMPARED, [], compared).optional()?,
    })
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> Result<T, OperationError>,
) -> Result<Vec<T>, OperationError> {
    let mut select = connection.prepare(sql)?;
    let rows = select.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn open_order(row: &Row<'_>) -> Result<OpenOrder, OperationError> {
    let order = OrderId(row.get::<_, i64>(0)?.cast_unsigned());
    let state = row.get::<_, String>(2)?.parse();
    let state = state.map_err(|error| OperationError::Damaged(format!("order {}: {error}", order.0)))?;
    Ok(OpenOrder { order, ticker: row.get(1)?, state, left: Qty(row.get(3)?) })
}

fn position(row: &Row<'_>) -> Result<PositionRow, OperationError> {
    let (slot, qty, cost) = (SlotId(row.get(0)?), Qty(row.get(2)?), Usd(row.get(3)?));
    Ok(PositionRow { slot, ticker: row.get(1)?, qty, cost })
}
