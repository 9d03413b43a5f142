//! Reads the public trades of a tape in time order, in memory that does not grow with the tape.

use std::collections::VecDeque;
use std::path::PathBuf;

use host_core::{PublicTrades, Timestamp};
use host_system::guard::guarded;
use parquet::errors::ParquetError;

use super::check_trades::{check_trades, keep_trades};
use super::days::{has_part_of, open_day};
use super::error::TapeError;
use super::meta::DayFile;
use super::open::Tape;
use super::trades_file::TradesFile;

/// Trades in a batch.
const BATCH_ROWS: usize = 4_096;

/// Reads public trades from a tape. After an error, or the end, it yields nothing more.
pub struct TradesReader {
    folder: PathBuf,
    days: VecDeque<DayFile>,
    markets: u32,
    from: Timestamp,
    until: Timestamp,
    day: Option<OpenTrades>,
    /// Time of the last trade read.
    previous: i64,
    /// The error after the trades that were already yielded.
    failed: Option<TapeError>,
}

/// The day that is being read.
struct OpenTrades {
    path: PathBuf,
    file: TradesFile,
    /// Trades read so far.
    row: u64,
}

impl std::fmt::Debug for TradesReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TradesReader").field("folder", &self.folder).field("days", &self.days).finish_non_exhaustive()
    }
}

impl Tape {
    /// Returns a reader of all public trades, from the start. A tape may have none.
    pub fn trades_reader(&self) -> TradesReader {
        TradesReader {
            folder: self.path().to_owned(),
            days: self.meta().trade_days.iter().cloned().collect(),
            markets: u32::try_from(self.markets().len()).unwrap_or(u32::MAX),
            from: Timestamp(i64::MIN),
            until: Timestamp(i64::MAX),
            day: None,
            previous: i64::MIN,
            failed: None,
        }
    }
}

impl TradesReader {
    /// Restricts the trades to `from <= time < until`.
    pub fn between(mut self, from: Timestamp, until: Timestamp) -> TradesReader {
        self.days.retain(|day| has_part_of(day, from, until));
        (self.from, self.until) = (from, until);
        self
    }

    /// Replaces the content of `out` by the next trades. Returns `false` at the end, with `out` empty. Every trade is
    /// checked: its market is known, its price is above 0 and below 1, its quantity above 0, and times do not decrease.
    /// Trades of one time may come in several batches.
    ///
    /// # Errors
    /// Returns the error of the next trade or file, after all trades before it were yielded.
    pub fn next_batch(&mut self, out: &mut PublicTrades) -> Result<bool, TapeError> {
        out.clear();
        while out.is_empty() {
            if let Some(error) = self.failed.take() {
                self.stop();
                return Err(error);
            }
            match self.fill(out) {
                Ok(true) => {}
                Ok(false) => return Ok(!out.is_empty()),
                Err(error) => self.failed = Some(error),
            }
        }
        Ok(true)
    }

    /// Reads the next trades within the range, if any of the next batch are. Returns `false` at the end. After an error
    /// only good trades are in `out`.
    fn fill(&mut self, out: &mut PublicTrades) -> Result<bool, TapeError> {
        let Some(day) = &mut self.day else {
            let Some(day) = self.days.pop_front() else { return Ok(false) };
            let (path, file) = open_day(&self.folder, &day, TradesFile::open)?;
            self.day = Some(OpenTrades { path, file, row: 0 });
            return Ok(true);
        };
        let read = guarded("a page", || day.file.read(BATCH_ROWS, out));
        let read = match read.map_err(|panicked| ParquetError::External(panicked.into())).flatten() {
            Ok(read) => read,
            Err(error) => {
                out.clear();
                return Err(TapeError::Damaged { path: day.path.clone(), reason: error.to_string() });
            }
        };
        let problem = check_trades(out, self.previous, self.markets);
        let error = problem.map(|(row, problem)| {
            keep_trades(out, 0..row);
            TapeError::BadRow { path: day.path.clone(), row: day.row + row as u64, problem }
        });
        day.row += read as u64;
        self.previous = out.time.last().copied().unwrap_or(self.previous);
        if read == 0 {
            self.day = None;
        }
        let start = out.time.partition_point(|&time| time < self.from.0);
        let end = out.time.partition_point(|&time| time < self.until.0);
        if end < out.len() {
            self.stop();
        }
        keep_trades(out, start..end.max(start));
        error.map_or(Ok(true), Err)
    }

    fn stop(&mut self) {
        self.day = None;
        self.days.clear();
    }
}
