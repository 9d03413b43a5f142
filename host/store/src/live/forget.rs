//! Rows that are in the archive leave the journal, a few at a time.

use rusqlite::OptionalExtension;

use super::{LiveStore, StoreError};
use crate::journal::JournalError;
use crate::journal::archive::last_archived;

pub(super) const RECORD_TO: &str = "SELECT record_to FROM events WHERE seq = ?";
pub(super) const FORGET_RECORDS: &str =
    "DELETE FROM records WHERE seq IN (SELECT seq FROM records WHERE seq <= ?1 ORDER BY seq LIMIT ?2)";
/// The last one leaves when all records have left: until then it tells which those are.
pub(super) const FORGET_EVENTS: &str =
    "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE seq <= ?1 ORDER BY seq LIMIT ?2)";

impl LiveStore {
    /// Removes up to `most` of the rows that the archive has. Returns true if there may be more. A kill in between
    /// repeats nothing: readers take from the archive what is in it.
    ///
    /// # Errors
    /// As [`LiveStore::commit`], or that the archive cannot be listed.
    pub fn forget_archived(&mut self, most: usize) -> Result<bool, StoreError> {
        let listed = last_archived(&self.path);
        let last =
            listed.map_err(|source| StoreError::from(JournalError::Archive { path: self.path.clone(), source }))?;
        let record_to: Option<i64> = self.read(|connection| {
            Ok(connection.prepare_cached(RECORD_TO)?.query_row([last], |row| row.get(0)).optional()?)
        })?;
        let Some(record_to) = record_to else { return Ok(false) };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.write(|transaction| {
            let records = transaction.prepare_cached(FORGET_RECORDS)?.execute([record_to, most])?;
            if records == 0 {
                transaction.prepare_cached(FORGET_EVENTS)?.execute([last, most])?;
            }
            Ok(true)
        })
    }
}
