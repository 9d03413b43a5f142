//! The operator log, and the results of comparisons with the venue.

use host_core::Timestamp;
use rusqlite::{Connection, params};

use super::error::OperationError;
use super::{LiveStore, StoreError};

/// Number of comparisons kept.
const RECONCILIATIONS: i64 = 1_000;

pub(super) const LOG: &str = "SELECT time, who, what, reason FROM operator_log ORDER BY number DESC LIMIT ?";
pub(super) const COMPARED: &str = "SELECT time, clean, detail FROM reconciliations ORDER BY number DESC LIMIT ?";
/// Adds what is about to be forgotten to the sums of its day.
pub(super) const SUM_COMPARED: &str = "INSERT INTO reconciliation_days \
    SELECT time / 86400000000000, 1, clean, NOT clean, time, time FROM reconciliations WHERE number <= ? \
    ON CONFLICT (day) DO UPDATE SET comparisons = comparisons + excluded.comparisons, \
    clean = clean + excluded.clean, differing = differing + excluded.differing, \
    first = min(first, excluded.first), last = max(last, excluded.last)";
pub(super) const COMPARED_DAYS: &str =
    "SELECT day, comparisons, clean, differing, first, last FROM reconciliation_days ORDER BY day";
pub(super) const FORGET_COMPARED: &str = "DELETE FROM reconciliations WHERE number <= ?";

/// An action of the operator, or of the host on the operator's behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorEntry {
    pub time: Timestamp,
    /// Name of the person, or of the part of the host.
    pub who: String,
    /// The action in one word: kill, resume, mismatch, reconciled.
    pub what: String,
    pub reason: String,
}

/// A comparison of the store with the venue's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    pub time: Timestamp,
    /// True if both agreed.
    pub clean: bool,
    /// The differences, or a list of what was compared.
    pub detail: String,
}

/// The comparisons of a day that are not among the latest any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconciliationDay {
    /// Day number since the epoch.
    pub day: i64,
    /// Number of comparisons.
    pub comparisons: u64,
    /// The part of them in which both agreed.
    pub clean: u64,
    /// The part of them in which something differed.
    pub differing: u64,
    /// Time of the first one.
    pub first: Timestamp,
    /// Time of the last one.
    pub last: Timestamp,
}

impl LiveStore {
    /// Adds an entry to the operator log, which is kept for ever.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn log_operator(&mut self, entry: &OperatorEntry) -> Result<(), StoreError> {
        let OperatorEntry { time, who, what, reason } = entry;
        self.write(|transaction| {
            let sql = "INSERT INTO operator_log (time, who, what, reason) VALUES (?, ?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![time.0, who, what, reason])?;
            Ok(())
        })
    }

    /// Returns the last `limit` entries of the operator log, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn operator_log(&self, limit: u32) -> Result<Vec<OperatorEntry>, StoreError> {
        self.read(|connection| {
            latest(connection, LOG, limit, |row| {
                let time = Timestamp(row.get(0)?);
                Ok(OperatorEntry { time, who: row.get(1)?, what: row.get(2)?, reason: row.get(3)? })
            })
        })
    }

    /// Adds a comparison; the latest 1,000 are kept, and sums of each day of those before.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn note_reconciliation(&mut self, found: &Reconciliation) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "INSERT INTO reconciliations (time, clean, detail) VALUES (?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![found.time.0, found.clean, found.detail])?;
            let number = transaction.last_insert_rowid();
            transaction.prepare_cached(SUM_COMPARED)?.execute([number - RECONCILIATIONS])?;
            transaction.prepare_cached(FORGET_COMPARED)?.execute([number - RECONCILIATIONS])?;
            Ok(())
        })
    }

    /// Returns the sums of the comparisons before the latest 1,000, by day.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn reconciliation_days(&self) -> Result<Vec<ReconciliationDay>, StoreError> {
        self.read(reconciliation_days)
    }

    /// Returns the last `limit` comparisons, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn reconciliations(&self, limit: u32) -> Result<Vec<Reconciliation>, StoreError> {
        self.read(|connection| {
            latest(connection, COMPARED, limit, |row| {
                Ok(Reconciliation { time: Timestamp(row.get(0)?), clean: row.get(1)?, detail: row.get(2)? })
            })
        })
    }
}

/// Returns the sums of old comparisons, by day.
pub(super) fn reconciliation_days(connection: &Connection) -> Result<Vec<ReconciliationDay>, OperationError> {
    let mut select = connection.prepare(COMPARED_DAYS)?;
    let count = |row: &rusqlite::Row<'_>, column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let rows = select.query_map([], |row| {
        let (first, last) = (Timestamp(row.get(4)?), Timestamp(row.get(5)?));
        let (comparisons, clean, differing) = (count(row, 1)?, count(row, 2)?, count(row, 3)?);
        Ok(ReconciliationDay { day: row.get(0)?, comparisons, clean, differing, first, last })
    })?;
    rows.map(|row| row.map_err(OperationError::from)).collect()
}

fn latest<T>(
    connection: &Connection,
    sql: &str,
    limit: u32,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, OperationError> {
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map([limit], read)?;
    rows.map(|row| row.map_err(OperationError::from)).collect()
}
