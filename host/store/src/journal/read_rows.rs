//! Reads the quote rows of a part of a journal, without its other events.

use host_core::{Quotes, QuotesView, Timestamp};

use super::error::JournalError;
use super::reader::Journal;
use super::rows;

/// The events of rows that the journal itself holds.
const HELD: &str = "kind IN ('preview', 'poll')";

impl Journal {
    /// Shows `take` the rows with `from <= time < until` that the journal itself holds, in time order, each once and in
    /// batches of whole polls. Rows on a back test's tape or in a live account's recording are not among them.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file; rows before the damage have been shown.
    pub fn rows_between(
        &self,
        from: Timestamp,
        until: Timestamp,
        take: &mut dyn FnMut(QuotesView<'_>),
    ) -> Result<(), JournalError> {
        if !self.has_events() {
            return Ok(());
        }
        let failed = JournalError::from_sqlite(&self.path);
        // A batch has the time of its first row, and may begin before.
        let first = format!("SELECT coalesce(max(seq), 0) FROM events WHERE {HELD} AND time <= ?");
        let first: i64 = self.connection.query_row(&first, [from.0], |row| row.get(0)).map_err(&failed)?;
        let sql = format!("SELECT seq, body FROM events WHERE seq >= ? AND {HELD} AND time < ? ORDER BY seq");
        let mut select = self.connection.prepare(&sql).map_err(&failed)?;
        let mut found = select.query([first, until.0]).map_err(&failed)?;
        let mut quotes = Quotes::default();
        while let Some(row) = found.next().map_err(&failed)? {
            let seq: i64 = self.get(row, 0)?;
            let body: Vec<u8> = self.get(row, 1)?;
            quotes.clear();
            rows::decode(&body, &mut quotes)
                .map_err(|error| self.damaged(format!("event {seq} cannot be read: {error}")))?;
            let begin = quotes.time.partition_point(|&time| time < from.0);
            let end = quotes.time.partition_point(|&time| time < until.0);
            if begin < end {
                take(quotes.view(begin..end));
            }
        }
        Ok(())
    }
}
