//! The rows that a run has seen: in its journal, on a tape, or in the recording of its account.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use host_core::{MarketId, Quotes, QuotesView, Timestamp};
use host_store::journal::{Journal, Mode};
use host_store::recording::{FOLDER, Recording, RecordingReader};
use host_store::tape::Tape;

use crate::error::{Result, SessionError};
use crate::feed_trades::FeedTrades;
use crate::tape_ref::TapeRef;

/// The rows of a run.
#[derive(Debug)]
pub enum RowHistory {
    Journal(Box<Journal>),
    Tape(Box<Tape>, Box<TapeRef>),
    Recording(Box<RecordingReader>),
}

impl RowHistory {
    /// Opens the rows of the run of `mode` with the journal at `path`. A back test refers to `tape`, which lies
    /// `elsewhere` if it was moved.
    ///
    /// # Errors
    /// The tape or the recording is not where it was, or the journal cannot be read.
    pub fn open(path: &Path, mode: Mode, tape: Option<&TapeRef>, elsewhere: Option<&Path>) -> Result<RowHistory> {
        Ok(match tape {
            Some(tape) => RowHistory::Tape(Box::new(tape.open(elsewhere)?), Box::new(tape.clone())),
            None if mode.is_account() => {
                let folder = path.with_file_name(FOLDER);
                let recording = Recording::open_read(&folder);
                RowHistory::Recording(Box::new(
                    recording.map_err(|source| SessionError::RecordingNotFound { folder, source })?,
                ))
            }
            None => RowHistory::Journal(Box::new(Journal::open(path).map_err(SessionError::JournalNotRead)?)),
        })
    }

    /// Shows `take` the rows with `from <= time < until` in time order, in batches.
    ///
    /// # Errors
    /// A file is damaged; rows before the damage have been shown.
    pub fn between(&self, from: Timestamp, until: Timestamp, take: &mut dyn FnMut(QuotesView<'_>)) -> Result<()> {
        self.within(std::slice::from_ref(&(from..until)), None, take)
    }

    /// Returns the trades of other people from `from` on and before `until`; `None` if none are kept beside the rows.
    /// Of an account they are those of days that have ended.
    pub fn trades(&self, from: Timestamp, until: Timestamp) -> Option<FeedTrades> {
        match self {
            RowHistory::Journal(_) => None,
            RowHistory::Tape(tape, _) => FeedTrades::of_tape(tape, from, until),
            RowHistory::Recording(recording) => FeedTrades::of_tape(&recording.tape().ok()?, from, until),
        }
    }

    /// Shows `take` the rows in `parts`, which are in time order and do not overlap, in batches. Those of markets that
    /// are not `wanted` may be left out.
    ///
    /// # Errors
    /// As [`RowHistory::between`].
    pub fn within(
        &self,
        parts: &[Range<Timestamp>],
        wanted: Option<&BTreeSet<MarketId>>,
        take: &mut dyn FnMut(QuotesView<'_>),
    ) -> Result<()> {
        let mut batch = Quotes::default();
        match self {
            RowHistory::Journal(journal) => {
                journal.rows_within(parts, wanted, take).map_err(SessionError::JournalNotRead)?;
            }
            RowHistory::Tape(tape, part) => {
                for asked in parts {
                    let from = part.from.map_or(asked.start, |own| own.max(asked.start));
                    let until = part.until.map_or(asked.end, |own| own.min(asked.end));
                    let mut rows = tape.reader().between(from, until);
                    while rows.next_batch(&mut batch).map_err(SessionError::TapeNotRead)? {
                        take(batch.all());
                    }
                }
            }
            RowHistory::Recording(recording) => {
                for asked in parts {
                    let rows = recording.rows_between(asked.start, asked.end);
                    let mut rows = rows.map_err(SessionError::RowsNotRead)?;
                    while rows.next_batch(&mut batch).map_err(SessionError::RowsNotRead)? {
                        take(batch.all());
                    }
                }
            }
        }
        Ok(())
    }
}
