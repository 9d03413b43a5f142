//! A reference to the rows of a run: a journal of a back test names them in place of holding them.

use std::path::{Path, PathBuf};

use host_core::{Quotes, Span, Timestamp};
use host_sim::fill::FillModel;
use host_store::tape::Tape;
use serde::{Deserialize, Serialize};

use crate::error::{Reason, Result, SessionError};
use crate::feed::Feed;

/// A part of a tape, as a run was shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TapeRef {
    /// The folder, absolute.
    pub path: PathBuf,
    /// The tape's digest, by which it is recognised wherever it lies.
    pub digest: String,
    /// Rows before this were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Rows at this time or later were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The interval at which the rows were sampled, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Span>,
}

impl TapeRef {
    /// Refers to the rows of `tape` from `from` on and before `until`, sampled at `poll`.
    ///
    /// # Errors
    /// The tape has a number that cannot be written down.
    pub fn of(tape: &Tape, from: Option<Timestamp>, until: Option<Timestamp>, poll: Option<Span>) -> Result<TapeRef> {
        let digest = tape.digest().map_err(SessionError::StartNotWritten)?;
        let path = std::path::absolute(tape.path()).unwrap_or_else(|_| tape.path().to_owned());
        Ok(TapeRef { path, digest, from, until, poll })
    }

    /// Returns the rows. Each call with the same tape returns the same.
    ///
    /// # Errors
    /// The tape cannot be sampled at the interval.
    pub fn feed(&self, tape: &Tape) -> Result<Feed> {
        let from = self.from.unwrap_or(Timestamp(i64::MIN));
        let until = self.until.unwrap_or(Timestamp(i64::MAX));
        let feed = Feed::tape(tape, tape.reader().between(from, until), self.poll);
        Ok(feed.map_err(SessionError::Interval)?.between(from, until))
    }

    /// Returns the rows as [`TapeRef::feed`] does, with the trades among them if `model` reads trades.
    ///
    /// # Errors
    /// As [`TapeRef::feed`].
    pub fn feed_for(&self, tape: &Tape, model: FillModel) -> Result<Feed> {
        let from = self.from.unwrap_or(Timestamp(i64::MIN));
        let until = self.until.unwrap_or(Timestamp(i64::MAX));
        let feed = self.feed(tape)?;
        Ok(if model.reads_trades() { feed.with_trades_of(tape, from, until) } else { feed })
    }

    /// Opens the tape: `elsewhere`, or else where it was.
    ///
    /// # Errors
    /// It is not there, or is another one.
    pub fn open(&self, elsewhere: Option<&Path>) -> Result<Tape> {
        let path = elsewhere.unwrap_or(&self.path);
        let unread = |source| SessionError::TapeNotFound { path: path.to_owned(), source };
        let tape = Tape::open(path).map_err(unread)?;
        match tape.digest().map_err(SessionError::StartNotWritten)? {
            digest if digest == self.digest => Ok(tape),
            digest => Err(SessionError::TapeDiffers {
                path: path.to_owned(),
                source: Reason(format!("its digest is {digest}, that of the run's tape {}", self.digest)),
            }),
        }
    }
}

/// Reads the rows of a reference in order, as many at a time as they were shown.
#[derive(Debug)]
pub struct TapeRows {
    feed: Feed,
    /// Rows that were read ahead.
    held: Quotes,
    /// The number of those that have been taken.
    taken: usize,
}

impl TapeRows {
    /// Begins with the first row of `feed`.
    pub fn new(feed: Feed) -> TapeRows {
        TapeRows { feed, held: Quotes::default(), taken: 0 }
    }

    /// Returns the next `count` rows.
    ///
    /// # Errors
    /// The tape is damaged, or has fewer rows.
    pub fn next(&mut self, count: usize) -> Result<Quotes> {
        while self.held.len() - self.taken < count {
            let rest = self.rest(self.held.len());
            (self.held, self.taken) = (rest, 0);
            match self.feed.next_batch().map_err(SessionError::TapeNotRead)? {
                Some(batch) => self.held.append(batch.polled),
                None => return Err(SessionError::JournalInconsistent("it has more rows than its tape".into())),
            }
        }
        let rows = self.rest(self.taken + count);
        self.taken += count;
        Ok(rows)
    }

    /// Returns the rows that have not been taken, up to place `end`.
    fn rest(&self, end: usize) -> Quotes {
        let mut rows = Quotes::default();
        rows.append(self.held.view(self.taken..end));
        rows
    }
}
