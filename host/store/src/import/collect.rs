//! The first phase of an import: reads the files, and gives their rows to be sorted.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::ImportError;
use super::guess::{self, Reading};
use super::numbers::PriceUnit;
use super::options::{ImportOptions, RowKind};
use super::page::{ImportCounts, ImportProgress, ReadFile, file_name};
use super::rows::RowReader;
use super::seen_markets::SeenMarkets;
use super::sort::{ImportedRow, Sorter};
use super::table::ReadEnd;

/// Largest number of bad rows quoted in the summary.
const EXAMPLES: usize = 5;

/// The rows of all files, and what was counted.
pub(super) struct Collected {
    pub(super) quotes: Sorter,
    pub(super) trades: Sorter,
    pub(super) trade_rows: u64,
    pub(super) markets: SeenMarkets,
    pub(super) counts: ImportCounts,
    pub(super) files: Vec<ReadFile>,
    /// Sentences about what is odd in single files.
    pub(super) odd: Vec<String>,
    progress: ImportProgress,
}

/// Finds out how to read each of `files`. A file whose prices do not show their unit has that of the others.
pub(super) fn readings(files: &[PathBuf], options: &ImportOptions) -> Result<Vec<Reading>, ImportError> {
    let mut readings = files.iter().map(|path| guess::reading(path, options)).collect::<Result<Vec<_>, _>>()?;
    let mut known: Vec<PriceUnit> = readings.iter().filter_map(|reading| reading.unit).collect();
    known.sort_unstable();
    known.dedup();
    for reading in readings.iter_mut().filter(|reading| reading.unit.is_none()) {
        let (unit, why) = match known.as_slice() {
            [unit] => (*unit, "as in the other files"),
            _ => (PriceUnit::Dollars, "all that were looked at are 0 or 1"),
        };
        reading.unit = Some(unit);
        reading.assumed.push(format!("prices are in {unit}: {why}"));
    }
    Ok(readings)
}

impl Collected {
    /// Returns what sorts in files in the folder `scratch`.
    pub(super) fn new(scratch: &Path, total_bytes: u64) -> Collected {
        Collected {
            quotes: Sorter::new(scratch, "quotes"),
            trades: Sorter::new(scratch, "trades"),
            trade_rows: 0,
            markets: SeenMarkets::default(),
            counts: ImportCounts::default(),
            files: Vec::new(),
            odd: Vec::new(),
            progress: ImportProgress { bytes: 0, total: total_bytes, rows: 0 },
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// [`ImportError`]; those of single rows are counted instead if `options` say so.
    pub(super) fn read(
        &mut self,
        reading: Reading,
        options: &ImportOptions,
        report: &mut dyn FnMut(ImportProgress),
    ) -> Result<(), ImportError> {
        let path = reading.table.path.clone();
        let before = Stamp::of(&path)?;
        let mut reader = RowReader::new(&reading, reading.unit.unwrap_or_default(), options);
        let (mut order, mut good, mut bad) = (Order::default(), 0, 0);
        let bytes = Cell::new(0);
        let start = self.progress.bytes;
        let mut rows = Vec::new();
        let read = reading.table.rows(&|read| bytes.set(read), &mut |row| {
            if bytes.get() > 0 {
                self.progress.bytes = start + bytes.take();
                report(self.progress);
            }
            self.progress.rows += 1;
            rows.clear();
            let problem = match row.problem {
                Some(problem) => Err(problem),
                None => reader.read(row.fields, &mut self.markets, &mut rows),
            };
            if let Err(problem) = problem {
                let (word, line) = (reading.table.place_word(), (row.place)());
                let error = ImportError::BadRow { path: path.clone(), word, line, problem };
                bad += 1;
                return self.leave_out(error, options, false).map(ControlFlow::Continue);
            }
            good += 1;
            self.counts.rows_read += 1;
            for row in &rows {
                order.note(row.time.0);
                self.push(*row, reading.kind)?;
            }
            Ok(ControlFlow::Continue(()))
        });
        let end = match read {
            Ok(end) => end,
            Err(error @ ImportError::Truncated { .. }) if options.skip_bad_rows => {
                self.leave_out(error, options, true)?;
                ReadEnd::default()
            }
            Err(error) => return Err(error),
        };
        if Stamp::of(&path)? != before {
            return Err(ImportError::Changed { path });
        }
        if let Some(problem) = reader.numbers.unit_problem() {
            return Err(ImportError::Unclear { path, problem });
        }
        self.counts.unsorted_rows += order.against();
        self.finish_file(&reading, &reader, &end);
        self.files.push(ReadFile { reading, rows: good, bad_rows: bad, bytes: before.bytes, sha256: end.sha256 });
        self.progress.bytes = start + before.bytes;
        report(self.progress);
        Ok(())
    }

    /// Adds the counts of a file that was read.
    fn finish_file(&mut self, reading: &Reading, reader: &RowReader, end: &ReadEnd) {
        self.counts.ambiguous_times += reader.clock.ambiguous;
        self.counts.nonexistent_times += reader.clock.nonexistent;
        self.note_odd(reading, reader, end.open_end, &end.late_columns);
        for (text, count) in &reader.numbers.absent_seen {
            *self.counts.absent_texts.entry(text.clone()).or_default() += count;
        }
    }

    fn push(&mut self, row: ImportedRow, kind: RowKind) -> Result<(), ImportError> {
        match kind {
            RowKind::Trades => {
                self.trade_rows += 1;
                self.trades.push(row)
            }
            _ => self.quotes.push(row),
        }
    }

    fn leave_out(&mut self, error: ImportError, options: &ImportOptions, quote: bool) -> Result<(), ImportError> {
        if !options.skip_bad_rows {
            return Err(error);
        }
        self.counts.bad_rows += 1;
        if quote || self.counts.bad_examples.len() < EXAMPLES {
            self.counts.bad_examples.push(error.to_string());
        }
        Ok(())
    }

    fn note_odd(&mut self, reading: &Reading, reader: &RowReader, open_end: bool, late: &[String]) {
        let name = file_name(&reading.table.path);
        let one_pass = reader.clock.of_one_pass();
        if one_pass > 0 {
            self.odd.push(format!(
                "`{name}`: {one_pass} rows at a local time that occurs twice, in markets whose rows do not show both \
                 passes: each is taken as of the one that its order comes to first"
            ));
        }
        if open_end {
            self.odd.push(format!("`{name}`: its last line has no line end: it may be cut short"));
        }
        if !late.is_empty() {
            let late = late.iter().take(EXAMPLES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            self.odd.push(format!("`{name}`: columns that its first rows do not have are not read: {late}"));
        }
    }
}

/// Size and time of a file, which change if somebody writes to it.
#[derive(PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    fn of(path: &Path) -> Result<Stamp, ImportError> {
        let found = std::fs::metadata(path);
        let found = found.map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })?;
        Ok(Stamp { bytes: found.len(), changed: found.modified().ok() })
    }
}

/// Counts how often times rise and fall from row to row.
#[derive(Default)]
struct Order {
    previous: Option<i64>,
    rises: u64,
    falls: u64,
}

impl Order {
    fn note(&mut self, time: i64) {
        if let Some(previous) = self.previous.replace(time) {
            self.rises += u64::from(time > previous);
            self.falls += u64::from(time < previous);
        }
    }

    /// Returns the number of rows that go against the order of most.
    fn against(&self) -> u64 {
        self.rises.min(self.falls)
    }
}
