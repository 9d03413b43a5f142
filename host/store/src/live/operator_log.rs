//! What people did, and what comparisons with the venue found.

use host_core::Timestamp;
use rusqlite::{Connection, params};

use super::error::OperationError;
use super::{LiveError, LiveStore};

/// How many comparisons are kept.
const RECONCILIATIONS: i64 = 1_000;

pub(super) const LOG: &str = "SELECT time, who, what, reason FROM operator_log ORDER BY number DESC LIMIT ?";
pub(super) const COMPARED: &str = "SELECT time, clean, detail FROM reconciliations ORDER BY number DESC LIMIT ?";
pub(super) const FORGET_COMPARED: &str = "DELETE FROM reconciliations WHERE number <= ?";

/// Something that a person did, or the host in his place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorEntry {
    /// When.
    pub time: Timestamp,
    /// The person, or the part of the host.
    pub who: String,
    /// One word: kill, resume, mismatch, reconciled.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A comparison of the store with the venue's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// When.
    pub time: Timestamp,
    /// Whether both agreed.
    pub clean: bool,
    /// Where they did not, or what was compared.
    pub detail: String,
}

impl LiveStore {
    /// Writes down what someone did; kept for ever.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn log_operator(&mut self, entry: &OperatorEntry) -> Result<(), LiveError> {
        let OperatorEntry { time, who, what, reason } = entry;
        self.write(|transaction| {
            let sql = "INSERT INTO operator_log (time, who, what, reason) VALUES (?, ?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![time.0, who, what, reason])?;
            Ok(())
        })
    }

    /// The last `limit` things that someone did, the latest first.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where they cannot be read.
    pub fn operator_log(&self, limit: u32) -> Result<Vec<OperatorEntry>, LiveError> {
        self.read(|connection| {
            latest(connection, LOG, limit, |row| {
                let time = Timestamp(row.get(0)?);
                Ok(OperatorEntry { time, who: row.get(1)?, what: row.get(2)?, reason: row.get(3)? })
            })
        })
    }

    /// Writes down a comparison; the latest 1,000 are kept.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn note_reconciliation(&mut self, found: &Reconciliation) -> Result<(), LiveError> {
        self.write(|transaction| {
            let sql = "INSERT INTO reconciliations (time, clean, detail) VALUES (?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![found.time.0, found.clean, found.detail])?;
            let number = transaction.last_insert_rowid();
            transaction.prepare_cached(FORGET_COMPARED)?.execute([number - RECONCILIATIONS])?;
            Ok(())
        })
    }

    /// The last `limit` comparisons, the latest first.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where they cannot be read.
    pub fn reconciliations(&self, limit: u32) -> Result<Vec<Reconciliation>, LiveError> {
        self.read(|connection| {
            latest(connection, COMPARED, limit, |row| {
                Ok(Reconciliation { time: Timestamp(row.get(0)?), clean: row.get(1)?, detail: row.get(2)? })
            })
        })
    }
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
