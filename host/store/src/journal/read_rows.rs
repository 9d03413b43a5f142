//! Reads the quote rows of parts of a journal without its other events, and answers questions about its events.

use std::collections::BTreeSet;
use std::ops::Range;

use host_core::{MarketId, Quotes, QuotesView, Timestamp};

use super::error::JournalError;
use super::reader::Journal;
use super::rows;

/// The events of rows that the journal itself holds, each with the time of its first row.
const BATCHES: &str = "SELECT seq, time FROM events WHERE kind IN ('preview', 'poll') ORDER BY seq";

/// True if the engine was told of a poll after the event of a record, and before a time.
const POLLED_AFTER: &str = "SELECT EXISTS (SELECT 1 FROM events WHERE kind IN ('poll', 'recorded_poll') AND time < ?2 \
    AND seq > (SELECT seq FROM events WHERE record_to >= ?1 ORDER BY seq LIMIT 1))";

/// True if the capital was changed from one time on and before another.
const CAPITAL_CHANGED: &str = "SELECT EXISTS (SELECT 1 FROM events WHERE kind = 'command' AND time >= ? AND time < ? \
    AND body LIKE '%\"command\":\"capital\"%')";

impl Journal {
    /// Returns true if the capital at work was changed from `from` on and before `until`, which moves the equity
    /// without profit or loss. Archived events do not count.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn capital_changed(&self, from: Timestamp, until: Timestamp) -> Result<bool, JournalError> {
        if !self.has_events() {
            return Ok(false);
        }
        let failed = JournalError::from_sqlite(&self.path);
        self.connection.query_row(CAPITAL_CHANGED, [from.0, until.0], |row| row.get(0)).map_err(failed)
    }

    /// Returns true if a poll came after the event of record number `record`, and before `until`. Polls that strategies
    /// were shown ahead, as in a paper run, do not count.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn polled_after(&self, record: i64, until: Timestamp) -> Result<bool, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        self.connection.query_row(POLLED_AFTER, [record, until.0], |row| row.get(0)).map_err(failed)
    }

    /// Shows `take` the rows in `parts` that the journal itself holds, in time order, each once, in batches: those of
    /// the markets that are `wanted`, or of all. The parts begin with their starts and end before their ends; they are
    /// in time order and do not overlap. Rows on a back test's tape or in a live account's recording are not among
    /// them.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file; rows before the damage have been shown.
    pub fn rows_within(
        &self,
        parts: &[Range<Timestamp>],
        wanted: Option<&BTreeSet<MarketId>>,
        take: &mut dyn FnMut(QuotesView<'_>),
    ) -> Result<(), JournalError> {
        if !self.has_events() || parts.is_empty() {
            return Ok(());
        }
        let batches = self.all(BATCHES, |row| Ok((self.get::<i64>(row, 0)?, Timestamp(self.get(row, 1)?))))?;
        let failed = JournalError::from_sqlite(&self.path);
        let mut select = self.connection.prepare("SELECT body FROM events WHERE seq = ?").map_err(&failed)?;
        let mut quotes = Quotes::default();
        let wanted = wanted.map(table);
        for (place, (seq, first)) in batches.iter().enumerate() {
            // A batch goes on until the next one begins.
            let until = batches.get(place + 1).map_or(Timestamp(i64::MAX), |(_, next)| *next);
            let begin = parts.partition_point(|part| part.end <= *first);
            let asked = parts[begin..].iter().take_while(|part| part.start <= until);
            if asked.clone().next().is_none() {
                continue;
            }
            let body: Vec<u8> = select.query_row([seq], |row| row.get(0)).map_err(&failed)?;
            quotes.clear();
            let decoded = match &wanted {
                None => rows::decode(&body, &mut quotes),
                Some(wanted) => {
                    let is_wanted = |market: u32| wanted.get(market as usize).copied().unwrap_or(false);
                    rows::decode_where(&body, &mut quotes, is_wanted)
                }
            };
            decoded.map_err(|error| self.damaged(format!("event {seq} cannot be read: {error}")))?;
            for part in asked {
                let begin = quotes.time.partition_point(|&time| time < part.start.0);
                let end = quotes.time.partition_point(|&time| time < part.end.0);
                if begin < end {
                    take(quotes.view(begin..end));
                }
            }
        }
        Ok(())
    }
}

/// Returns true at the places of `markets`, for a look-up at each of millions of rows.
fn table(markets: &BTreeSet<MarketId>) -> Vec<bool> {
    let mut table = vec![false; markets.last().map_or(0, |last| last.index() + 1)];
    markets.iter().for_each(|market| table[market.index()] = true);
    table
}
