//! Reads the rows of a recording in time order: those of the tape, then those of the segments.

use std::collections::VecDeque;
use std::path::Path;

use host_core::{Quotes, QuotesView, Timestamp};

use super::error::RecordingError;
use super::finished::FinishedDays;
use super::open::SEGMENT;
use super::sealed::open_all;
use super::segment::SegmentReader;
use crate::tape::{TapeReader, extend};

/// Fewest rows in a batch of the segments but the last, as in a batch of a tape.
const BATCH_ROWS: usize = 4_500;

/// Yields rows in batches of whole polls, in memory that does not grow with the recording. Yields nothing after an
/// error.
#[derive(Debug)]
pub struct RowsBetween {
    tape: Option<TapeReader>,
    /// Oldest first.
    segments: VecDeque<SegmentReader>,
    /// Number of markets that are known before the first of the segments.
    markets: usize,
    /// Rows of the segments that are not later than this were yielded, or are before the requested range.
    after: i64,
    until: i64,
    poll: Quotes,
}

impl RowsBetween {
    /// Opens the segments before the tape, as every reader of a recording must, because a writer may move rows from
    /// the segments into the tape meanwhile.
    pub(super) fn open(folder: &Path, from: Timestamp, until: Timestamp) -> Result<RowsBetween, RecordingError> {
        let mut segments = open_all(folder, &folder.join(SEGMENT))?;
        let finished = FinishedDays::since(folder, from)?;
        if from >= until {
            segments.clear();
        }
        Ok(RowsBetween {
            after: finished.last().max(from.0.saturating_sub(1)),
            until: until.0,
            markets: finished.markets() as usize,
            tape: Some(finished.reader(from, until)),
            segments,
            poll: Quotes::default(),
        })
    }

    /// Replaces the content of `out` by the next rows. Returns `false` at the end, with `out` empty.
    ///
    /// # Errors
    /// Returns the error of the next file. Rows yielded before are valid.
    pub fn next_batch(&mut self, out: &mut Quotes) -> Result<bool, RecordingError> {
        out.clear();
        let result = self.fill(out);
        if result.is_err() {
            out.clear();
            self.tape = None;
            self.segments.clear();
        }
        result.map(|()| !out.is_empty())
    }

    fn fill(&mut self, out: &mut Quotes) -> Result<(), RecordingError> {
        if let Some(tape) = &mut self.tape {
            if tape.next_batch(out)? {
                return Ok(());
            }
            self.tape = None;
        }
        while let Some(segment) = self.segments.front_mut()
            && out.len() < BATCH_ROWS
        {
            segment.markets = segment.markets.max(self.markets);
            let more = segment.next(self.after, &mut self.poll)?.is_some();
            if !more {
                self.markets = segment.markets;
                self.segments.pop_front();
            } else if self.poll.time.first().is_some_and(|&time| time >= self.until) {
                self.segments.clear();
            } else if let Some(&time) = self.poll.time.first() {
                self.after = time;
                extend(out, self.poll.all());
            }
        }
        Ok(())
    }
}

impl Iterator for RowsBetween {
    type Item = Result<Quotes, RecordingError>;

    fn next(&mut self) -> Option<Result<Quotes, RecordingError>> {
        let mut rows = Quotes::default();
        match self.next_batch(&mut rows) {
            Ok(true) => Some(Ok(rows)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Returns a checksum of rows that does not depend on how they are split into batches: start with a `state` of 0 and
/// pass each result on with the next batch. Sequences that differ in a single column of a single row never have the
/// same checksum; for others the probability is 2^-64.
pub fn rows_checksum(rows: &QuotesView<'_>, state: u64) -> u64 {
    // Each step is invertible, so a single difference cannot vanish (constants of SplitMix64, Steele et al. 2014).
    let mix = |state: u64, bits: u64| {
        let mixed = (state ^ bits).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 31)
    };
    (0..rows.len()).fold(state, |state, row| {
        let state = mix(mix(state, u64::from(rows.market[row])), rows.time[row].cast_unsigned());
        let columns = [rows.bid, rows.ask, rows.bid_size, rows.ask_size, rows.last, rows.volume];
        columns.iter().fold(state, |state, column| mix(state, column[row].to_bits()))
    })
}
