//! Writes a journal with one transaction per append, in write-ahead mode so that others can read it meanwhile.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use host_core::{Market, Record, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};
use serde::Serialize;

use super::copy_mark::{CopyMark, check_copy};
use super::equity::{EquityPoint, insert_equity};
use super::error::JournalError;
use super::events::JournalStep;
use super::insert::{Counters, insert_component, insert_markets, insert_records, insert_step, json, write_run};
use super::reader::Journal;
use super::run::RunInfo;
use super::schema::{APPLICATION_ID, SCHEMA_VERSION};
use crate::sqlite;

/// The failures that a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A kill of the process at any moment. A power failure may lose the last commits.
    #[default]
    Process,
    /// Also a power failure: every commit waits for the disk.
    Power,
}

/// A journal that this process writes.
#[derive(Debug)]
pub struct JournalWriter {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) counters: Counters,
    mark: CopyMark,
    /// Keeps a second writer off. After the connection, because closing any handle to a file drops SQLite's locks.
    _lock: File,
}

impl Journal {
    /// Creates the journal of a run in a new file, with the folders above it.
    ///
    /// # Errors
    /// [`JournalError::Exists`] if something is at `path`; [`JournalError::Io`] if the file cannot be created;
    /// [`JournalError::Full`] on a full disk. No file is left behind.
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
        // Claims the name: only one of two hosts gets it.
        File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => JournalError::Exists { path: path.clone() },
            _ => failed(error),
        })?;
        let begun = begin(&path, run, durability);
        if begun.is_err() {
            for end in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(end);
                // Some of the files may not exist, and the first error matters more than leftovers.
                let _ = fs::remove_file(name);
            }
        }
        begun
    }
}

impl Journal {
    /// Opens the journal of a run that was killed, to go on with it.
    ///
    /// # Errors
    /// [`JournalError::Ended`] if the run has ended, or is of other data, seed, settings or strategies than `run`; or
    /// any error of opening the file.
    pub fn resume(path: impl AsRef<Path>, run: &RunInfo) -> Result<JournalWriter, JournalError> {
        let path = path.as_ref().to_owned();
        let kept = Journal::open(&path)?.run_info()?;
        let refused = |reason: &str| JournalError::Ended { path: path.clone(), reason: reason.to_owned() };
        if kept.ended.is_some() {
            return Err(refused("its run has ended"));
        }
        let differs = [
            ("another engine", kept.engine_version == run.engine_version),
            ("another seed", kept.seed == run.seed),
            ("other data, or another time", kept.data == run.data && kept.data_digest == run.data_digest),
            ("other settings", kept.config == run.config),
            ("other strategies or parameters", kept.strategies == run.strategies),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, is_same)| !is_same) {
            return Err(refused(&format!("its run has {what}")));
        }
        let lock = lock(&path)?;
        let failed = JournalError::from_sqlite(&path);
        let connection = sqlite::open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&failed)?;
        let last = |sql| connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        let counters = Counters {
            record_seq: last("SELECT max(seq) FROM records").map_err(&failed)?.unwrap_or(0),
            event_seq: last("SELECT max(seq) FROM events").map_err(&failed)?.unwrap_or(0),
        };
        prepare(&connection, Durability::Process).map_err(&failed)?;
        check_copy(&path, &connection, true)?;
        let mark = CopyMark::begin(&path, &connection)?;
        Ok(JournalWriter { path, connection, counters, mark, _lock: lock })
    }
}

/// Takes the right to write the journal at `path`, for as long as the file stays open.
fn lock(path: &Path) -> Result<File, JournalError> {
    let failed = |source| JournalError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(JournalError::Ended { path: path.to_owned(), reason: "another process writes it".to_owned() })
        }
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Sets a connection up to write.
fn prepare(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Only the end of the run folds the log into the file: until then the mark says that there is one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let synchronous = match durability {
        Durability::Process => "NORMAL",
        Durability::Power => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)
}

fn begin(path: &Path, run: &RunInfo, durability: Durability) -> Result<JournalWriter, JournalError> {
    let lock = lock(path)?;
    let failed = JournalError::from_sqlite(path);
    let connection = sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&failed)?;
    let name = || {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", SCHEMA_VERSION)
    };
    name().and_then(|()| prepare(&connection, durability)).map_err(&failed)?;
    let mut connection = connection;
    let transaction = connection.transaction().map_err(&failed)?;
    write_run(path, &transaction, run)?;
    let mark = CopyMark::begin(path, &transaction)?.write_next(&transaction).map_err(&failed)?;
    transaction.commit().map_err(&failed)?;
    // Brings the mark into the file, so that a copy of the file alone has it.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(&failed)?;
    Ok(JournalWriter { path: path.to_owned(), connection, counters: Counters::default(), mark, _lock: lock })
}

impl JournalWriter {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of records.
    pub fn len(&self) -> u64 {
        self.counters.record_seq.unsigned_abs()
    }

    /// Returns true if the journal has no records.
    pub fn is_empty(&self) -> bool {
        self.counters.record_seq == 0
    }

    /// Appends `records` in one transaction: all or none. A commit costs about as much as ten records, so batch them.
    ///
    /// # Errors
    /// [`JournalError::Full`], [`JournalError::Locked`], or any other error of the file. Earlier commits stay readable.
    pub fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut seq = self.counters.record_seq;
        self.write(|path, transaction| insert_records(path, transaction, &mut seq, records))?;
        self.counters.record_seq = seq;
        Ok(())
    }

    /// Appends `steps` in one transaction: all or none. Use either this or [`JournalWriter::append`] for a journal,
    /// not both: a record without an event would count as one of the next event's.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn append_steps<'a>(&mut self, steps: impl IntoIterator<Item = JournalStep<'a>>) -> Result<(), JournalError> {
        self.append_with_equity(steps, &[])
    }

    /// Appends `steps` and the equity after them, in one transaction.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn append_with_equity<'a>(
        &mut self,
        steps: impl IntoIterator<Item = JournalStep<'a>>,
        equity: &[EquityPoint],
    ) -> Result<(), JournalError> {
        let mut counters = self.counters;
        self.write(|path, transaction| {
            steps.into_iter().try_for_each(|step| insert_step(path, transaction, &mut counters, &step))?;
            insert_equity(transaction, equity).map_err(JournalError::from_sqlite(path))
        })?;
        self.counters = counters;
        Ok(())
    }

    /// Stores a copy of a component, so that the journal can be replayed without other files. A second copy is not
    /// stored.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn keep_component(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), JournalError> {
        self.write(|path, transaction| insert_component(path, transaction, sha256, bytes))
    }

    /// Writes markets that were listed or changed since the run began.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn list_markets(&mut self, markets: &[Market]) -> Result<(), JournalError> {
        self.write(|path, transaction| insert_markets(path, transaction, markets))
    }

    /// Runs `change` in one transaction, which writes the mark as well.
    fn write(
        &mut self,
        change: impl FnOnce(&Path, &Connection) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let transaction = self.connection.transaction().map_err(&failed)?;
        change(&self.path, &transaction)?;
        let mark = self.mark.write_next(&transaction).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        self.mark = mark;
        Ok(())
    }

    /// Ends the journal with the run's report. From then on it is one plain file, without a write-ahead log.
    ///
    /// # Errors
    /// As [`JournalWriter::append`]; the records stay readable.
    pub fn finish(mut self, ended: Timestamp, summary: &impl Serialize) -> Result<(), JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let summary = json(&self.path, summary)?;
        self.mark = self.mark.ended();
        self.write(|_, transaction| {
            let written = transaction.execute("UPDATE run SET ended = ?, summary = ?", params![ended.0, summary]);
            written.map(drop).map_err(&failed)
        })?;
        // Folds the write-ahead log into the main file. A concurrent reader prevents that, which does no harm.
        let _ = self.connection.pragma_update(None, "journal_mode", "DELETE");
        self.connection.close().map_err(|(_, error)| failed(error))
    }
}
