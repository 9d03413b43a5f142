//! The rows that a run has seen: in its journal, on a tape, or in the recording of its account.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use host_core::risk::RiskLimits;
use host_core::{Market, MarketId, Price, Qty, Quotes, QuotesView, Span, Timestamp};
use host_session::tape_ref::TapeRef;
use host_store::journal::{Journal, Mode};
use host_store::recording::{FOLDER, Recording, RecordingReader};
use host_store::tape::Tape;

use super::round_trip::Held;
use crate::error::Result;

/// Spans before a time in which a price is looked for, one after the other: most markets have a row in each poll.
const LOOK_BACK: [Span; 3] = [Span::minutes(15), Span::hours(6), Span::days(3)];

/// The rows of a run.
#[derive(Debug)]
pub enum RowHistory {
    Journal(Box<Journal>),
    Tape(Box<Tape>, Box<TapeRef>),
    Recording(Box<RecordingReader>),
}

impl RowHistory {
    /// Opens the rows of the run with the journal at `path`.
    ///
    /// # Errors
    /// The tape or the recording is not where it was, or the journal cannot be read.
    pub(super) fn open(path: &Path, mode: Mode, tape: Option<&TapeRef>) -> Result<RowHistory> {
        Ok(match tape {
            Some(tape) => RowHistory::Tape(Box::new(tape.open(None)?), Box::new(tape.clone())),
            None if mode == Mode::Live => {
                RowHistory::Recording(Box::new(Recording::open_read(path.with_file_name(FOLDER))?))
            }
            None => RowHistory::Journal(Box::new(Journal::open(path)?)),
        })
    }

    /// Shows `take` the rows with `from <= time < until` in time order, in batches.
    ///
    /// # Errors
    /// A file is damaged; rows before the damage have been shown.
    pub fn between(&self, from: Timestamp, until: Timestamp, take: &mut dyn FnMut(QuotesView<'_>)) -> Result<()> {
        self.within(std::slice::from_ref(&(from..until)), take)
    }

    /// Shows `take` the rows in `parts`, which are in time order and do not overlap, in batches.
    ///
    /// # Errors
    /// As [`RowHistory::between`].
    pub fn within(&self, parts: &[Range<Timestamp>], take: &mut dyn FnMut(QuotesView<'_>)) -> Result<()> {
        let mut batch = Quotes::default();
        match self {
            RowHistory::Journal(journal) => journal.rows_within(parts, take)?,
            RowHistory::Tape(tape, part) => {
                for asked in parts {
                    let from = part.from.map_or(asked.start, |own| own.max(asked.start));
                    let until = part.until.map_or(asked.end, |own| own.min(asked.end));
                    let mut rows = tape.reader().between(from, until);
                    while rows.next_batch(&mut batch)? {
                        take(batch.all());
                    }
                }
            }
            RowHistory::Recording(recording) => {
                for asked in parts {
                    let mut rows = recording.rows_between(asked.start, asked.end)?;
                    while rows.next_batch(&mut batch)? {
                        take(batch.all());
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns twice the mark of each of `held` just before `at`, by the engine's rule: the mid of a book with both
    /// sides; else the last one within what the book admits, and its worst once a side is missing for longer than
    /// `limits` let a quote be old. Until the next row, a new position is marked at the price of its first fill, within
    /// the book; `is_fresh` tells which are new since a row. A market without a row for three days has none.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub fn marks(
        &self,
        at: Timestamp,
        held: &BTreeMap<MarketId, Held>,
        markets: &[Market],
        limits: &RiskLimits,
        is_fresh: &dyn Fn(MarketId, Timestamp) -> bool,
    ) -> Result<BTreeMap<MarketId, i32>> {
        let mut marks = BTreeMap::new();
        for span in LOOK_BACK {
            let missing: Vec<MarketId> = held.keys().filter(|market| !marks.contains_key(*market)).copied().collect();
            if missing.is_empty() {
                break;
            }
            let mut books: BTreeMap<MarketId, Book> = BTreeMap::new();
            self.between(Timestamp(at.0.saturating_sub(span.0)), at, &mut |rows| {
                for row in 0..rows.len() {
                    let market = MarketId(rows.market[row]);
                    if missing.contains(&market) {
                        let quote = rows.row(row);
                        books.entry(market).or_default().see(quote.time, quote.bid, quote.ask);
                    }
                }
            })?;
            for (market, book) in books {
                let closes = markets.get(market.index()).and_then(|market| market.closes);
                let Some(held) = held.get(&market) else { continue };
                let (low, high) = book.admitted();
                let mark = match book.last.is_some_and(|last| is_fresh(market, last)) {
                    true => Some((2 * held.price.0).clamp(low.min(high), high.max(low))),
                    false => book.mark(at, held.qty, closes, limits.max_quote_age_seconds),
                };
                marks.extend(mark.map(|mark| (market, mark)));
            }
        }
        Ok(marks)
    }
}

/// The last that was seen of a market's book.
#[derive(Clone, Copy, Debug, Default)]
struct Book {
    mark_doubled: Option<i32>,
    sides: (Option<Price>, Option<Price>),
    lacks_since: Option<Timestamp>,
    /// Time of the last row.
    last: Option<Timestamp>,
}

impl Book {
    fn see(&mut self, time: Timestamp, bid: Option<Price>, ask: Option<Price>) {
        (self.sides, self.last) = ((bid, ask), Some(time));
        match (bid, ask) {
            (Some(bid), Some(ask)) => (self.mark_doubled, self.lacks_since) = (Some(bid.0 + ask.0), None),
            _ => {
                let (low, high) = self.admitted();
                self.mark_doubled = self.mark_doubled.map(|mark| mark.clamp(low.min(high), high.max(low)));
                self.lacks_since.get_or_insert(time);
            }
        }
    }

    fn admitted(&self) -> (i32, i32) {
        let (bid, ask) = self.sides;
        (bid.map_or(0, |bid| 2 * bid.0), ask.map_or(2 * Price::ONE.0, |ask| 2 * ask.0))
    }

    fn mark(&self, at: Timestamp, held: Qty, closes: Option<Timestamp>, max_age: Span) -> Option<i32> {
        let overdue = self.lacks_since.is_some_and(|since| at - since > max_age);
        let is_closed = closes.is_some_and(|closes| closes <= at);
        let (low, high) = self.admitted();
        match held.0.signum() {
            1 if overdue && !is_closed => Some(low),
            -1 if overdue && !is_closed => Some(high),
            _ => self.mark_doubled,
        }
    }
}
