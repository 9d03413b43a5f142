//! Reads a journal, finished or not: also one that is being written, or whose writer was killed.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use host_core::{Record, SlotId, Timestamp};
use host_system::guard::guarded;
use rusqlite::{Connection, OpenFlags, Row};
use serde::de::DeserializeOwned;

use super::archive::ArchivedSteps;
use super::copy_mark::check_copy;
use super::error::JournalError;
use super::run::{Mode, RunInfo, StrategyInfo};
use super::schema::{APPLICATION_ID, OLDEST_SCHEMA, SCHEMA, SCHEMA_VERSION};
use crate::sqlite;

/// Version of the tables that first had a digest of the market data.
const FIRST_WITH_DIGEST: i64 = 3;
/// Number of records fetched at a time.
const PAGE: i64 = 1_000;

/// A journal, opened read-only.
#[derive(Debug)]
pub struct Journal {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    version: i64,
    pub(super) former: FormerUnits,
}

/// The last event and the last record that are in the units of version 2.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormerUnits {
    pub events_to: i64,
    pub records_to: i64,
}

impl FormerUnits {
    /// The last version whose units were the former ones.
    const VERSION: i64 = 2;

    fn of(connection: &Connection, version: i64) -> rusqlite::Result<FormerUnits> {
        if version <= FormerUnits::VERSION {
            return Ok(FormerUnits { events_to: i64::MAX, records_to: i64::MAX });
        }
        let sql = "SELECT events_to, records_to FROM former_units";
        connection.query_row(sql, [], |row| Ok(FormerUnits { events_to: row.get(0)?, records_to: row.get(1)? }))
    }
}

impl Journal {
    /// Opens the journal at `path`.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::NotAJournal`], [`JournalError::Version`], [`JournalError::Damaged`],
    /// [`JournalError::Locked`], [`JournalError::Torn`].
    pub fn open(path: impl AsRef<Path>) -> Result<Journal, JournalError> {
        let path = path.as_ref().to_owned();
        if !path.exists() {
            return Err(JournalError::Missing { path });
        }
        if !path.is_file() {
            return Err(JournalError::NotAJournal { path });
        }
        let failed = JournalError::from_sqlite(&path);
        let connection = sqlite::open(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(&failed)?;
        let pragma =
            |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(&failed);
        if pragma("application_id")? != APPLICATION_ID {
            return Err(JournalError::NotAJournal { path });
        }
        let version = pragma("user_version")?;
        if !(OLDEST_SCHEMA..=SCHEMA_VERSION).contains(&version) {
            return Err(JournalError::Version { path, found: version, expected: SCHEMA_VERSION });
        }
        SCHEMA.check(&connection).map_err(&failed)?;
        check_copy(&path, &connection, false)?;
        let former = FormerUnits::of(&connection, version).map_err(&failed)?;
        Ok(Journal { path, connection, version, former })
    }

    /// Returns true if the journal has events and components: those of old hosts have not.
    pub(super) fn has_events(&self) -> bool {
        self.version > OLDEST_SCHEMA
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the first problem that SQLite finds in the file's pages, or `ok`.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub(crate) fn quick_check(&self) -> Result<String, JournalError> {
        self.one("PRAGMA quick_check(1)", |row| self.get(row, 0))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the description of the run.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn run_info(&self) -> Result<RunInfo, JournalError> {
        // Old journals have no digest of the data.
        let digest = if self.version < FIRST_WITH_DIGEST { "''" } else { "data_digest" };
        let sql = format!("SELECT mode, engine_version, started, ended, seed, data, config, {digest} FROM run");
        let mut run = self.one(&sql, |row| {
            Ok(RunInfo {
                mode: self.known(
                    Mode::ALL
                        .into_iter()
                        .find(|mode| row.get_ref(0).is_ok_and(|text| text.as_str() == Ok(&mode.to_string()))),
                    "mode",
                )?,
                engine_version: self.get(row, 1)?,
                started: Timestamp(self.get(row, 2)?),
                ended: self.get::<Option<i64>>(row, 3)?.map(Timestamp),
                seed: self.known(self.get::<String>(row, 4)?.parse().ok(), "seed")?,
                data: self.get(row, 5)?,
                data_digest: self.get(row, 7)?,
                config: self.get(row, 6)?,
                strategies: Vec::new(),
                markets: Vec::new(),
            })
        })?;
        run.strategies =
            self.all("SELECT slot, name, version, sha256, parameters FROM strategies ORDER BY slot", |row| {
                Ok(StrategyInfo {
                    slot: SlotId(self.get(row, 0)?),
                    name: self.get(row, 1)?,
                    version: self.get(row, 2)?,
                    sha256: self.get(row, 3)?,
                    parameters: self.parse(&self.get::<String>(row, 4)?, "parameters")?,
                })
            })?;
        run.markets = self
            .all("SELECT body FROM markets ORDER BY id", |row| self.parse(&self.get::<String>(row, 0)?, "a market"))?;
        Ok(run)
    }

    /// Returns the final report of the run; `None` while it runs, or if it was killed.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn summary(&self) -> Result<Option<serde_json::Value>, JournalError> {
        let summary: Option<String> = self.one("SELECT summary FROM run", |row| self.get(row, 0))?;
        summary.map(|text| self.parse(&text, "the summary")).transpose()
    }

    /// Returns all records in order, in memory that does not grow with their number. Damage ends the iteration with
    /// an error.
    pub fn records(&self) -> Records<'_> {
        let archive = ArchivedSteps::beside(self.path.clone());
        Records { journal: self, archive, page: VecDeque::new(), seq: 0, kinds: Vec::new(), ended: false }
    }

    /// Returns the records of `kinds`, by the tags of their JSON, as [`Journal::records`] does. That none is missing
    /// is not checked.
    pub fn records_of(&self, kinds: &[&'static str]) -> Records<'_> {
        Records { kinds: kinds.to_vec(), ..self.records() }
    }

    /// Returns the number of records.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn count(&self) -> Result<u64, JournalError> {
        let last: Option<i64> = self.one("SELECT max(seq) FROM records", |row| self.get(row, 0))?;
        Ok(last.unwrap_or(0).unsigned_abs())
    }

    /// Returns true if an order with the number `order` was placed.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn has_order(&self, order: u64) -> Result<bool, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        // The records of an account leave for the archive; its outbox keeps every order.
        let is_account = "SELECT 1 FROM sqlite_schema WHERE name = 'outbox'";
        let is_account =
            self.connection.prepare(is_account).and_then(|mut select| select.exists([])).map_err(&failed)?;
        let sql = match is_account {
            true => "SELECT 1 FROM outbox WHERE order_id = ?",
            false => "SELECT 1 FROM records WHERE kind = 'placed' AND order_id = ?",
        };
        let found = self.connection.prepare(sql).and_then(|mut select| select.exists([order.cast_signed()]));
        found.map_err(failed)
    }

    /// Returns the next page of records after number `seq`, as numbers and JSON.
    fn page(&self, seq: i64, kinds: &[&'static str]) -> Result<VecDeque<(i64, String)>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let wanted = match kinds {
            [] => String::new(),
            _ => format!("AND kind IN ('{}')", kinds.join("', '")),
        };
        let sql = format!("SELECT seq, body FROM records WHERE seq > ? {wanted} ORDER BY seq LIMIT ?");
        let mut select = self.connection.prepare_cached(&sql).map_err(&failed)?;
        let rows = select.query_map([seq, PAGE], |row| Ok((row.get(0)?, row.get(1)?))).map_err(&failed)?;
        readable_part(rows).map_err(failed)
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> Result<T, JournalError>,
    ) -> Result<Vec<T>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let mut select = self.connection.prepare(sql).map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.known(self.all(sql, read)?.pop(), "its only row")
    }

    pub(super) fn get<T: rusqlite::types::FromSql>(&self, row: &Row<'_>, column: usize) -> Result<T, JournalError> {
        row.get(column).map_err(|error| self.damaged(error.to_string()))
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, text: &str, what: &str) -> Result<T, JournalError> {
        let read = guarded(what, || serde_json::from_str(text));
        let read = read.map_err(|panicked| self.damaged(panicked.to_string()))?;
        read.map_err(|error| self.damaged(format!("{what} cannot be read: {error}")))
    }

    fn known<T>(&self, value: Option<T>, what: &str) -> Result<T, JournalError> {
        value.ok_or_else(|| self.damaged(format!("{what} is missing")))
    }

    pub(super) fn damaged(&self, reason: String) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), reason }
    }
}

/// Iterator over the records of a journal, in order.
#[derive(Debug)]
pub struct Records<'a> {
    journal: &'a Journal,
    archive: ArchivedSteps,
    page: VecDeque<(i64, String)>,
    seq: i64,
    /// The kinds that are wanted; all, if there are none.
    kinds: Vec<&'static str>,
    ended: bool,
}

impl Records<'_> {
    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        if self.page.is_empty() {
            self.fill()?;
        }
        let Some((seq, body)) = self.page.pop_front() else { return Ok(None) };
        let expected = self.seq + 1;
        self.seq = seq;
        match seq == expected || !self.kinds.is_empty() {
            true => self.journal.record(seq, &body).map(Some),
            false => Err(self.journal.damaged(format!("record {expected} is missing"))),
        }
    }

    fn is_wanted(&self, body: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| body.starts_with(&format!("{{\"kind\":\"{kind}\"")))
    }

    /// Fetches the next records: those of the next archived event that has any, or else of the journal.
    fn fill(&mut self) -> Result<(), JournalError> {
        if self.fill_from_archive()? {
            return Ok(());
        }
        self.page = self.journal.page(self.seq, &self.kinds)?;
        // Rows may have left for the archive meanwhile.
        if self.kinds.is_empty() && self.page.front().is_some_and(|(seq, _)| *seq != self.seq + 1) {
            self.archive.again();
            self.fill_from_archive()?;
        }
        Ok(())
    }

    fn fill_from_archive(&mut self) -> Result<bool, JournalError> {
        while let Some(step) = self.archive.next()? {
            let records: VecDeque<_> =
                step.records.into_iter().filter(|(seq, body)| *seq > self.seq && self.is_wanted(body)).collect();
            if !records.is_empty() {
                self.page = records;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let record = guarded("a record", || self.read());
        let record = record.map_err(|panicked| self.journal.damaged(panicked.to_string())).flatten().transpose();
        self.ended = !matches!(record, Some(Ok(_)));
        record
    }
}

/// Returns the readable part of a page, unless that is empty: the page after it begins at the damage, and fails.
pub(super) fn readable_part<T>(rows: impl Iterator<Item = rusqlite::Result<T>>) -> rusqlite::Result<VecDeque<T>> {
    let mut page = VecDeque::new();
    for row in rows {
        match row {
            Ok(row) => page.push_back(row),
            Err(error) if page.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(page)
}
