//! Writes a journal: one transaction per append, in write-ahead mode so that others may read meanwhile.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::{Market, Record, Timestamp};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::keys::Keys;
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
    path: PathBuf,
    connection: Connection,
    seq: i64,
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
    let mut writer = JournalWriter { path: path.to_owned(), connection, seq: 0 };
    writer.write_run(run)?;
    Ok(writer)
}

impl JournalWriter {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many records it holds.
    pub fn len(&self) -> u64 {
        self.seq.unsigned_abs()
    }

    /// Whether it holds no record.
    pub fn is_empty(&self) -> bool {
        self.seq == 0
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
        let mut seq = self.seq;
        let transaction = self.connection.transaction().map_err(&failed)?;
        {
            let sql =
                "INSERT INTO records (seq, time, kind, slot, market, order_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)";
            let mut insert = transaction.prepare_cached(sql).map_err(&failed)?;
            for record in records {
                seq += 1;
                let keys = Keys::of(record);
                let (slot, market) = (keys.slot.map(|slot| slot.0), keys.market.map(|market| market.0));
                let order = keys.order.map(|order| order.0.cast_signed());
                let body = json(&self.path, record)?;
                insert.execute(params![seq, keys.time.0, keys.kind, slot, market, order, body]).map_err(&failed)?;
            }
        }
        transaction.commit().map_err(&failed)?;
        self.seq = seq;
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

    fn write_run(&mut self, run: &RunInfo) -> Result<(), JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let transaction = self.connection.transaction().map_err(&failed)?;
        transaction.execute_batch(include_str!("schema.sql")).map_err(&failed)?;
        let ended = run.ended.map(|ended| ended.0);
        let (mode, seed) = (run.mode.to_string(), run.seed.to_string());
        transaction
            .execute(
                "INSERT INTO run (mode, engine_version, started, ended, seed, data, config) VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![mode, run.engine_version, run.started.0, ended, seed, run.data, run.config],
            )
            .map_err(&failed)?;
        for strategy in &run.strategies {
            let parameters = json(&self.path, &strategy.parameters)?;
            transaction
                .execute(
                    "INSERT INTO strategies (slot, name, version, sha256, parameters) VALUES (?, ?, ?, ?, ?)",
                    params![strategy.slot.0, strategy.name, strategy.version, strategy.sha256, parameters],
                )
                .map_err(&failed)?;
        }
        insert_markets(&self.path, &transaction, &run.markets)?;
        transaction.commit().map_err(&failed)
    }
}

fn insert_markets(path: &Path, connection: &Connection, markets: &[Market]) -> Result<(), JournalError> {
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

fn json(path: &Path, value: &impl Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value)
        .map_err(|error| JournalError::Unwritable { path: path.to_owned(), reason: error.to_string() })
}
