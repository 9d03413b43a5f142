//! Imports foreign recordings, plain or gzipped CSV files, as a tape: the whole tape or nothing.
//!
//! Files may overlap and be unsorted: rows are sorted by UTC day, in memory bounded by the largest day. A price of
//! exactly 0 or 1 means an empty side and is stored as absent. A crossed row is kept, for the engine's own checks to
//! judge, and counted. An exact duplicate of another row is dropped; different rows of one market and time are kept in
//! the order of the files' names. Markets are numbered by the time of their first row, then by ticker, so that the
//! order in which files are given decides nothing. This module must never guess a unit, a zone or a column.

mod columns;
mod csv_file;
mod error;
mod markets;
mod numbers;
mod price_steps;
mod rows;
mod sort;
mod time;

use std::path::{Path, PathBuf};

use csv::ByteRecord;
use host_core::{Market, MarketId, Quotes, Settlement};
use serde::Serialize;

pub use columns::{ColumnMapping, ColumnMappingError, Text};
pub use error::ImportError;
pub use markets::MarketColumns;
pub use numbers::PriceUnit;
pub use time::{Zone, ZoneError};

use crate::info::{TapeInfo, TapeStatistics, describe};
use crate::tape::{Coverage, Listing, SourceKind, Tape, TapeError, TapeWriter};
use csv_file::CsvFile;
use markets::AllFacts;
use rows::{RowReader, SeenMarket, SeenMarkets};
use sort::{ImportedRow, Sorter};

/// Largest number of bad rows quoted in the summary.
const EXAMPLES: usize = 5;
/// Number of rows between two reports of progress.
const PROGRESS_ROWS: u64 = 16_384;

/// The format of the files, and options of the import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub columns: ColumnMapping,
    pub price_unit: PriceUnit,
    /// Time zone of times that name none.
    pub zone: Zone,
    /// A file with facts about the markets.
    pub markets: Option<PathBuf>,
    /// Columns of that file with unusual names.
    pub market_columns: MarketColumns,
    /// Leave out and count rows that cannot be parsed, and accept truncated files, instead of failing.
    pub skip_bad_rows: bool,
}

/// The progress of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes read so far, before decompression.
    pub bytes: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Rows read so far.
    pub rows: u64,
}

/// Counts of what an import did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportCounts {
    /// Rows read from the files.
    pub rows_read: u64,
    /// Exact duplicates, dropped.
    pub duplicate_rows: u64,
    /// Rows that differ from another row of their market and time; kept.
    pub contradicting_rows: u64,
    /// Rows earlier than the row before them in their file; sorted in.
    pub unsorted_rows: u64,
    /// Rows left out because they cannot be parsed.
    pub bad_rows: u64,
    /// The errors of the first few bad rows, and of every truncated file.
    pub bad_examples: Vec<String>,
    /// Local times that occur twice, when clocks are set back.
    pub ambiguous_times: u64,
    /// Local times that do not occur, when clocks are set forward.
    pub nonexistent_times: u64,
    /// Markets of the tape that the file with the markets' facts does not list; `None` without such a file.
    pub markets_without_facts: Option<u64>,
}

/// A finished import.
#[derive(Clone, Debug)]
pub struct Imported {
    pub tape: Tape,
    pub counts: ImportCounts,
    pub info: TapeInfo,
}

/// Makes the tape `out` from `files`, calling `progress` at regular intervals.
///
/// # Errors
/// [`ImportError`], with the file and line. No tape is left behind.
pub fn import(
    files: &[PathBuf],
    out: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Imported, ImportError> {
    let facts = options.markets.as_ref().map(|path| markets::read(path, &options.market_columns, options.zone));
    let facts = facts.transpose()?;
    let writer = TapeWriter::create(out)?;
    let files = &by_name(files);
    let scratch = tempfile::tempdir_in(writer.scratch()).map_err(TapeError::io("create a folder for", out))?;
    let mut import = Import {
        options,
        sorter: Sorter::new(scratch.path()),
        names: SeenMarkets::default(),
        counts: ImportCounts::default(),
        progress: ImportProgress { bytes: 0, total: files.iter().map(|path| file_bytes(path)).sum(), rows: 0 },
        report: progress,
    };
    for path in files {
        import.read_file(path)?;
    }
    let mut counts = std::mem::take(&mut import.counts);
    let (names, numbers) = std::mem::take(&mut import.names).numbered();
    let mut sorted = Sorted { writer, figures: TapeStatistics::new(None), batch: Quotes::default() };
    sorted.write(import.sorter, &numbers, &mut counts)?;
    drop(scratch);
    if sorted.writer.rows() == 0 {
        return Err(ImportError::NoRows);
    }
    let listing = listing(files, &names, facts.as_ref(), sorted.writer.coverage(), &mut counts);
    let tape = sorted.writer.finish(listing)?;
    Ok(Imported { info: describe(&tape, &sorted.figures), tape, counts })
}

/// Returns `files` by name, so that the order in which they were given decides nothing.
fn by_name(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = files.to_vec();
    files.sort_by(|a, b| (a.file_name(), a).cmp(&(b.file_name(), b)));
    files
}

fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// The first phase: reads the files and spills their rows by day.
struct Import<'a> {
    options: &'a ImportOptions,
    sorter: Sorter,
    names: SeenMarkets,
    counts: ImportCounts,
    progress: ImportProgress,
    report: &'a mut dyn FnMut(ImportProgress),
}

impl Import<'_> {
    fn read_file(&mut self, path: &Path) -> Result<(), ImportError> {
        let mut source = CsvFile::open(path)?;
        let ImportOptions { columns, price_unit, zone, .. } = self.options;
        let mut reader = RowReader::new(&source, columns, *price_unit, *zone)?;
        let before = self.progress.bytes;
        let mut record = ByteRecord::new();
        let mut previous = None;
        loop {
            match source.next(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if self.options.skip_bad_rows => {
                    self.note_bad(&error, true);
                    break;
                }
                Err(error) => return Err(error),
            }
            match reader.read(&record, &mut self.names) {
                Ok(row) => {
                    self.counts.unsorted_rows += u64::from(Some(row.time) < previous);
                    previous = Some(row.time);
                    self.counts.rows_read += 1;
                    self.sorter.push(row)?;
                }
                Err(problem) if self.options.skip_bad_rows => self.note_bad(&source.bad_row(problem), false),
                Err(problem) => return Err(source.bad_row(problem)),
            }
            self.progress.rows += 1;
            if self.progress.rows.is_multiple_of(PROGRESS_ROWS) {
                self.progress.bytes = before + source.bytes_read();
                (self.report)(self.progress);
            }
        }
        self.counts.ambiguous_times += reader.clock.ambiguous;
        self.counts.nonexistent_times += reader.clock.nonexistent;
        self.progress.bytes = before + source.bytes_read();
        (self.report)(self.progress);
        Ok(())
    }

    fn note_bad(&mut self, error: &ImportError, always_quote: bool) {
        self.counts.bad_rows += 1;
        if always_quote || self.counts.bad_examples.len() < EXAMPLES {
            self.counts.bad_examples.push(error.to_string());
        }
    }
}

/// The second phase: writes the sorted rows to the tape, day by day.
struct Sorted {
    writer: TapeWriter,
    figures: TapeStatistics,
    batch: Quotes,
}

impl Sorted {
    /// `numbers` holds each market's number in the tape, by the number that its rows have so far.
    fn write(
        &mut self,
        mut sorter: Sorter,
        numbers: &[MarketId],
        counts: &mut ImportCounts,
    ) -> Result<(), ImportError> {
        for day in sorter.days() {
            let mut previous: Option<ImportedRow> = None;
            for row in sorter.take(day, numbers)? {
                if let Some(previous) = previous.filter(|other| (other.time, other.market) == (row.time, row.market)) {
                    if row.same(&previous) {
                        counts.duplicate_rows += 1;
                        continue;
                    }
                    counts.contradicting_rows += 1;
                }
                previous = Some(row);
                self.push(row)?;
            }
            self.flush()?;
        }
        Ok(())
    }

    fn push(&mut self, row: ImportedRow) -> Result<(), ImportError> {
        let [bid, ask, bid_size, ask_size, last, volume] = row.values;
        self.batch.market.push(row.market.0);
        self.batch.time.push(row.time.0);
        self.batch.bid.push(bid);
        self.batch.ask.push(ask);
        self.batch.bid_size.push(bid_size);
        self.batch.ask_size.push(ask_size);
        self.batch.last.push(last);
        self.batch.volume.push(volume);
        if self.batch.len() == 8_192 { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        self.figures.add(self.batch.all());
        self.writer.append(self.batch.all())?;
        self.batch.clear();
        Ok(())
    }
}

/// Returns the markets and settlements of the tape. A market without a settlement time settles when it closes, or at
/// its last row if it has no close time.
fn listing(
    files: &[PathBuf],
    names: &[SeenMarket],
    facts: Option<&AllFacts>,
    coverage: &Coverage,
    counts: &mut ImportCounts,
) -> Listing {
    let (mut markets, mut settlements): (Vec<Market>, Vec<Settlement>) = (Vec::new(), Vec::new());
    let (mut unknown, mut inferred_ticks) = (0, 0);
    for (named, id) in names.iter().zip(0..).take(coverage.end()) {
        let life = coverage.of(MarketId(id));
        let known = facts.and_then(|facts| facts.get(&named.ticker));
        unknown += u64::from(known.is_none());
        let known = known.cloned().unwrap_or_default();
        inferred_ticks += u64::from(!known.states_ticks());
        let market = markets::market(MarketId(id), named, &known);
        let time = known.settled.or(market.closes).or(life.map(|life| life.last));
        if let (Some(outcome), Some(time)) = (known.outcome, time) {
            settlements.push(Settlement { market: market.id, time, outcome });
        }
        markets.push(market);
    }
    settlements.sort_by_key(|settlement| (settlement.time, settlement.market));
    counts.markets_without_facts = facts.map(|_| unknown);
    let file_name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let description = match files {
        [] => String::new(),
        [file] => file_name(file),
        [first, .., last] => format!("{} files, {} to {}", files.len(), file_name(first), file_name(last)),
    };
    let source = crate::tape::TapeSource { kind: SourceKind::Imported, description };
    Listing { markets, settlements, source, poll: None, inferred_ticks }
}
