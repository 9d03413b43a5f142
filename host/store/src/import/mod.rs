//! Foreign recordings, CSV plain or gzipped, become a tape: the whole tape or nothing.
//!
//! Files may overlap and may be unsorted: rows are sorted by UTC day, in memory bounded by the largest day. Rules: a price of
//! exactly 0 or 1 is an empty side, absent. A crossed row is kept, for the engine's own checks to judge, and counted. A row that says
//! exactly what another row says is dropped; rows that contradict each other at one time are kept in the order of the files. This
//! module must never guess a unit, a zone or a column.

mod columns;
mod csv_file;
mod error;
mod markets;
mod numbers;
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
use crate::tape::{Listing, MarketCoverage, SourceKind, Tape, TapeError, TapeWriter};
use csv_file::CsvFile;
use markets::AllFacts;
use rows::{RowReader, SeenMarkets};
use sort::{ImportedRow, Sorter};

/// How many bad rows are quoted in the summary.
const EXAMPLES: usize = 5;
/// ImportProgress is told every so many rows.
const PROGRESS_ROWS: u64 = 16_384;

/// How to understand the files.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Which column means what.
    pub columns: ColumnMapping,
    /// What prices are written in.
    pub price_unit: PriceUnit,
    /// The zone of times that name none.
    pub zone: Zone,
    /// A file with more about the markets.
    pub markets: Option<PathBuf>,
    /// Which of its columns means what, where it is none of the usual names.
    pub market_columns: MarketColumns,
    /// Leave rows out that cannot be understood, and what is lost behind the end of a truncated file, and count them.
    pub skip_bad_rows: bool,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes read of all files, as they lie on disk.
    pub bytes: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Rows read.
    pub rows: u64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportCounts {
    /// Rows read from the files.
    pub rows_read: u64,
    /// Rows dropped because another said exactly the same.
    pub duplicate_rows: u64,
    /// Rows that contradict another row of their market and time; kept.
    pub contradicting_rows: u64,
    /// Rows that were earlier than the row before them in their file; sorted in.
    pub unsorted_rows: u64,
    /// Rows left out because they cannot be understood.
    pub bad_rows: u64,
    /// The first few of them, and every file that ended too early.
    pub bad_examples: Vec<String>,
    /// Local times that occur twice as clocks are set back.
    pub ambiguous_times: u64,
    /// Local times that do not occur as clocks are set forward.
    pub nonexistent_times: u64,
    /// Markets of the tape of which the file with the markets' facts knows nothing; `None` without such a file.
    pub markets_without_facts: Option<u64>,
}

/// A finished import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The tape.
    pub tape: Tape,
    /// What was done to the rows.
    pub counts: ImportCounts,
    /// What the tape is like.
    pub info: TapeInfo,
}

/// Makes the tape `out` from `files`; `progress` is called now and then.
///
/// # Errors
/// [`ImportError`], with the file and line; then there is no tape.
pub fn import(
    files: &[PathBuf],
    out: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Imported, ImportError> {
    let facts = options.markets.as_ref().map(|path| markets::read(path, &options.market_columns, options.zone));
    let facts = facts.transpose()?;
    let writer = TapeWriter::create(out)?;
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
    let (mut counts, names) = (std::mem::take(&mut import.counts), std::mem::take(&mut import.names));
    let mut sorted = Sorted { writer, figures: TapeStatistics::new(None), batch: Quotes::default() };
    sorted.write(import.sorter, &mut counts)?;
    drop(scratch);
    if sorted.writer.rows() == 0 {
        return Err(ImportError::NoRows);
    }
    let listing = listing(files, &names, facts.as_ref(), sorted.writer.coverage(), &mut counts);
    let tape = sorted.writer.finish(listing)?;
    Ok(Imported { info: describe(&tape, &sorted.figures), tape, counts })
}

fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// The first half: files are read, rows are put aside by day.
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

/// The second half: day by day, sorted rows go onto the tape.
struct Sorted {
    writer: TapeWriter,
    figures: TapeStatistics,
    batch: Quotes,
}

impl Sorted {
    fn write(&mut self, mut sorter: Sorter, counts: &mut ImportCounts) -> Result<(), ImportError> {
        for day in sorter.days() {
            let mut previous: Option<ImportedRow> = None;
            for row in sorter.take(day)? {
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

/// Markets and settlements. A market without a settlement time pays when it closes, or at its last row.
fn listing(
    files: &[PathBuf],
    names: &SeenMarkets,
    facts: Option<&AllFacts>,
    coverage: &[Option<MarketCoverage>],
    counts: &mut ImportCounts,
) -> Listing {
    let (mut markets, mut settlements): (Vec<Market>, Vec<Settlement>) = (Vec::new(), Vec::new());
    let mut unknown = 0;
    for ((named, id), life) in names.markets.iter().zip(0..).zip(coverage) {
        let known = facts.and_then(|facts| facts.get(&named.ticker));
        unknown += u64::from(known.is_none());
        let known = known.cloned().unwrap_or_default();
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
    Listing { markets, settlements, source, poll: None }
}
