//! Reads a tape in time order, in batches of whole polls and memory that does not grow with the tape.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use host_core::{Quotes, Timestamp};
use host_system::guard::guarded;
use parquet::errors::ParquetError;

use super::check::check;
use super::days::{has_part_of, open_day};
use super::error::TapeError;
use super::meta::DayFile;
use super::open::Tape;
use super::quotes_file::QuotesFile;
use super::rows::{append, drop_rows, last_poll, move_tail, truncate};

/// 100 polls of 45 markets: large enough to amortise a call, small enough to stay in the processor's cache.
const BATCH_ROWS: usize = 4_500;

/// Reads rows from a tape. After an error, or the end, it yields nothing more.
pub struct TapeReader {
    folder: PathBuf,
    days: VecDeque<DayFile>,
    markets: u32,
    batch_rows: usize,
    from: Timestamp,
    until: Timestamp,
    day: Option<Day>,
    /// The rows of a poll whose end has not been read yet.
    carry: Quotes,
    /// Time of the last row read.
    previous: i64,
    /// The error after the rows that were already yielded.
    failed: Option<TapeError>,
}

/// The day that is being read.
struct Day {
    path: PathBuf,
    file: QuotesFile,
    /// Rows read so far.
    row: u64,
}

impl std::fmt::Debug for TapeReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TapeReader").field("folder", &self.folder).field("days", &self.days).finish_non_exhaustive()
    }
}

impl Tape {
    /// Returns a reader of all rows, from the start.
    pub fn reader(&self) -> TapeReader {
        let markets = u32::try_from(self.markets().len()).unwrap_or(u32::MAX);
        TapeReader::new(self.path(), self.meta().days.iter().cloned().collect(), markets)
    }
}

impl TapeReader {
    /// Returns a reader of `days`, which are in order, in `folder`. Their rows are of the first `markets` markets.
    pub(crate) fn new(folder: &Path, days: VecDeque<DayFile>, markets: u32) -> TapeReader {
        TapeReader {
            folder: folder.to_owned(),
            days,
            markets,
            batch_rows: BATCH_ROWS,
            from: Timestamp(i64::MIN),
            until: Timestamp(i64::MAX),
            day: None,
            carry: Quotes::default(),
            previous: i64::MIN,
            failed: None,
        }
    }

    /// Sets the batch size to about `rows` rows, at least one poll. A batch also ends at the end of a day.
    pub fn batch_rows(mut self, rows: usize) -> TapeReader {
        self.batch_rows = rows.max(1);
        self
    }

    /// Restricts the rows to `from <= time < until`.
    pub fn between(mut self, from: Timestamp, until: Timestamp) -> TapeReader {
        self.days.retain(|day| has_part_of(day, from, until));
        (self.from, self.until) = (from, until);
        self
    }

    /// Replaces the content of `out` by the next rows. Rows of one time are never split. Returns `false` at the end,
    /// with `out` empty. Every row is checked: its market is known, prices are within 0..1 (NaN for an empty side),
    /// sizes are not negative, and times do not decrease.
    ///
    /// # Errors
    /// Returns the error of the next row or file, after all whole polls before it were yielded.
    pub fn next_batch(&mut self, out: &mut Quotes) -> Result<bool, TapeError> {
        out.clear();
        if let Some(error) = self.failed.take() {
            self.stop();
            return Err(error);
        }
        append(out, &mut self.carry);
        match self.fill(out) {
            Ok(()) => {}
            Err(error) => {
                truncate(out, last_poll(&out.time));
                if out.is_empty() {
                    self.stop();
                    return Err(error);
                }
                self.failed = Some(error);
            }
        }
        Ok(!out.is_empty())
    }

    /// Reads until `out` holds a batch of whole polls, or the tape ends.
    fn fill(&mut self, out: &mut Quotes) -> Result<(), TapeError> {
        loop {
            let start = out.len();
            if !self.read_rows(out)? {
                if !out.is_empty() || !self.open_next_day()? {
                    return Ok(());
                }
                continue;
            }
            self.keep_range(out, start);
            let split = last_poll(&out.time);
            if split > 0 {
                move_tail(out, split, &mut self.carry);
                return Ok(());
            }
        }
    }

    /// Appends checked rows of the open day. Returns `false` at its end. After an error only good rows have been
    /// appended.
    fn read_rows(&mut self, out: &mut Quotes) -> Result<bool, TapeError> {
        let Some(day) = &mut self.day else { return Ok(false) };
        let start = out.len();
        let wanted = self.batch_rows.saturating_sub(start).max(self.batch_rows / 4 + 1);
        let read = guarded("a page", || day.file.read(wanted, out));
        let read = match read.map_err(|panicked| ParquetError::External(panicked.into())).flatten() {
            Ok(read) => read,
            Err(error) => {
                truncate(out, start);
                return Err(TapeError::Damaged { path: day.path.clone(), reason: error.to_string() });
            }
        };
        if read == 0 {
            self.day = None;
            return Ok(false);
        }
        if let Some((row, problem)) = check(out, start, self.previous, self.markets) {
            truncate(out, start + row);
            return Err(TapeError::BadRow { path: day.path.clone(), row: day.row + row as u64, problem });
        }
        day.row += read as u64;
        self.previous = out.time[out.len() - 1];
        Ok(true)
    }

    fn open_next_day(&mut self) -> Result<bool, TapeError> {
        let Some(day) = self.days.pop_front() else { return Ok(false) };
        let (path, file) = open_day(&self.folder, &day, QuotesFile::open)?;
        self.day = Some(Day { path, file, row: 0 });
        Ok(true)
    }

    /// Drops the rows from `start` on that are outside the requested range, and stops at its end.
    fn keep_range(&mut self, out: &mut Quotes, start: usize) {
        let times = &out.time[start..];
        if times.last().is_some_and(|&last| last >= self.until.0) {
            let keep = start + times.partition_point(|&time| time < self.until.0);
            truncate(out, keep);
            self.stop();
        }
        if out.time.get(start).is_some_and(|&first| first < self.from.0) {
            let skip = out.time[start..].partition_point(|&time| time < self.from.0);
            drop_rows(out, start, start + skip);
        }
    }

    fn stop(&mut self) {
        self.day = None;
        self.days.clear();
    }
}
