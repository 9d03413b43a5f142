//! Writes a journal: one transaction per append, in write-ahead mode so that others may read meanwhile.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::{Market, Record, Timestamp};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::steps::{Counters, insert_records};
use super::{APPLICATION_ID, Journal, JournalError, RunInfo, SCHEMA_VERSION};

/// How long to wait for a reader that blocks a write.
const BUSY: Duration = Duration::from_secs(5);

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A kill of the process at any moment; the last commits may be lost when power fails.
    #[default]
    Process,
    /// A power failure as well: the disk is waited for at every commit.
    Power,
}

/// A journal that is being written.
#[derive(Debug)]
pub struct JournalWriter {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) counters: Counters,
}

impl Journal {
    /// Begins the journal of a run in a new file, and the folders above it.
    ///
    /// # Errors
    /// [`JournalError::Exists`] where something is at `path`; [`JournalError::Io`] where the file cannot be made;
    /// [`JournalError::Full`] on a full disk. No file is left behind then.
    pub fn create(
        path: impl AsRef<Path>,
        run: &RunInfo,
        durability: Durability,
    ) -> Result<JournalWriter, JournalError> {
        let path = path.as_ref().to_owned();
        let failed = |source| JournalError::Io { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        // Claims the name: of two hosts only one gets it.
        File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => JournalError::Exists { path: path.clone() },
            _ => failed(error),
        })?;
        let begun = begin(&path, run, durability);
        if begun.is_err() {
            for end in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(end);
                // What is not there need not be removed, and the cause matters more than the leftovers.
                let _ = fs::remove_file(name);
            }
        }
        begun
    }
}

fn begin(path: &Path, run: &RunInfo, durability: Durability) -> Result<JournalWriter, JournalError> {
    let failed = JournalError::from_sqlite(path);
    let connection = Connection::open(path).map_err(&failed)?;
    let prepare = || {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match durability {
            Durability::Process => "NORMAL",
            Durability::Power => "FULL",
        };
        connection.pragma_update(None, "synchronous", synchronous)
    };
    prepare().map_err(&failed)?;
    let mut writer = JournalWriter { path: path.to_owned(), connection, counters: Counters::default() };
    let transaction = writer.connection.transaction().map_err(&failed)?;
    write_run(path, &transaction, run)?;
    transaction.commit().map_err(&failed)?;
    Ok(writer)
}

impl JournalWriter {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many records it holds.
    pub fn len(&self) -> u64 {
        self.counters.record_seq.unsigned_abs()
    }

    /// Whether it holds no record.
    pub fn is_empty(&self) -> bool {
        self.counters.record_seq == 0
    }

    /// Appends `records` in one transaction: all or none. A commit costs about as much as ten records, so gather some.
    ///
    /// # Errors
    /// [`JournalError::Full`], [`JournalError::Locked`] and others; what was committed before stays readable.
    pub fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        if records.is_empty() {
            return Ok(());
        }
        let failed = JournalError::from_sqlite(&self.path);
        let mut seq = self.counters.record_seq;
        let transaction = self.connection.transaction().map_err(&failed)?;
        insert_records(&self.path, &transaction, &mut seq, records)?;
        transaction.commit().map_err(&failed)?;
        self.counters.record_seq = seq;
        Ok(())
    }

    /// Notes markets that were listed or changed since the run began.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn list_markets(&mut self, markets: &[Market]) -> Result<(), JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let transaction = self.connection.transaction().map_err(&failed)?;
        insert_markets(&self.path, &transaction, markets)?;
        transaction.commit().map_err(&failed)
    }

    /// Ends the journal with the run's figures; it is one plain file from then on.
    ///
    /// # Errors
    /// As [`JournalWriter::append`]; the records stay readable.
    pub fn finish(self, ended: Timestamp, summary: &impl Serialize) -> Result<(), JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let summary = json(&self.path, summary)?;
        self.connection.execute("UPDATE run SET ended = ?, summary = ?", params![ended.0, summary]).map_err(&failed)?;
        // Folds the write-ahead file into the main one. Someone who reads just now prevents that, which does no harm.
        let _ = self.connection.pragma_update(None, "journal_mode", "DELETE");
        self.connection.close().map_err(|(_, error)| failed(error))
    }
}

/// Makes the tables and notes what the run is, within the transaction that `connection` is in.
pub(crate) fn write_run(path: &Path, connection: &Connection, run: &RunInfo) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    connection.execute_batch(include_str!("schema.sql")).map_err(&failed)?;
    let ended = run.ended.map(|ended| ended.0);
    let (mode, seed) = (run.mode.to_string(), run.seed.to_string());
    let sql = "INSERT INTO run (mode, engine_version, started, ended, seed, data, config) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let row = params![mode, run.engine_version, run.started.0, ended, seed, run.data, run.config];
    connection.execute(sql, row).map_err(&failed)?;
    for strategy in &run.strategies {
        let parameters = json(path, &strategy.parameters)?;
        let sql = "INSERT INTO strategies (slot, name, version, sha256, parameters) VALUES (?, ?, ?, ?, ?)";
        let row = params![strategy.slot.0, strategy.name, strategy.version, strategy.sha256, parameters];
        connection.execute(sql, row).map_err(&failed)?;
    }
    insert_markets(path, connection, &run.markets)
}

/// Notes markets that were listed or changed.
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

/// `value` as the journal keeps it.
pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value)
        .map_err(|error| JournalError::Unwritable { path: path.to_owned(), reason: error.to_string() })
}
