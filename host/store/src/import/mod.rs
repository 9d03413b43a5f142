//! Imports foreign recordings as a tape: the whole tape or nothing.
//!
//! Files may be packed, in any usual format and layout, overlap and be unsorted: `guess` finds out how each is to be
//! read, and refuses to where it can be read in two ways. Rows are sorted in constant memory. A price of exactly 0 or 1
//! means an empty side and is stored as absent. A crossed row is kept, for the engine's own checks to judge, and
//! counted. An exact duplicate of another row is dropped; different rows of one market and time are kept in the order
//! of the files' names. Markets are numbered by the time of their first row, then by ticker, so that the order in which
//! files are given decides nothing. This module must never keep to itself what it has guessed.

mod add;
mod collect;
mod columns;
mod error;
mod fields;
mod guess;
mod history;
mod listing;
mod market_columns;
mod markets;
mod numbers;
mod odd;
mod options;
mod page;
mod price_steps;
mod results;
mod rows;
mod seen_markets;
mod sort;
mod table;
mod time;
mod two_tables;
mod volumes;
mod write;

use std::path::{Path, PathBuf};

use host_core::{MarketId, PublicTrades};

pub use add::add_trades;
pub use columns::{ColumnMapping, ColumnMappingError, ColumnSource};
pub use error::ImportError;
pub use history::{HistoryTape, PastMarket, PastQuote, PastTrade};
pub use market_columns::MarketColumns;
pub use numbers::PriceUnit;
pub use options::{CandleTime, ImportOptions, RowKind, VolumeMeaning};
pub use page::{FilePage, ImportCounts, ImportPage, ImportProgress, ReadingPage};
pub use time::TimeFormat;

use crate::info::{TapeInfo, describe};
use crate::tape::{Listing, SourceKind, Tape, TapeError, TapeSource, TapeWriter};
use collect::Collected;
use guess::Reading;
use odd::OddRows;
use page::file_name;
use seen_markets::SeenMarket;
use two_tables::SeenTrades;
use write::SortedRows;

/// A finished import.
#[derive(Clone, Debug)]
pub struct Imported {
    pub tape: Tape,
    pub counts: ImportCounts,
    pub page: ImportPage,
    pub info: TapeInfo,
}

/// The counts and the page of an import that wrote nothing.
#[derive(Clone, Debug)]
pub struct Explained {
    pub counts: ImportCounts,
    pub page: ImportPage,
}

/// Makes the tape `out` from `files` and the files of trades in the options, calling `progress` at regular intervals.
///
/// # Errors
/// [`ImportError`], with the file and line. No tape is left behind.
pub fn import(
    files: &[PathBuf],
    out: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Imported, ImportError> {
    let readings = all_readings(files, options)?;
    let writer = TapeWriter::create(out)?;
    let scratch = tempfile::tempdir_in(writer.scratch()).map_err(TapeError::io("create a folder for", out))?;
    let mut done = run(readings, options, scratch.path(), Some(writer), progress)?;
    drop(scratch);
    let writer = done.rows.writer.take().ok_or(ImportError::NoRows { bad: None })?;
    let tape = writer.finish(done.listing)?;
    Ok(Imported { info: describe(&tape, &done.rows.figures), tape, counts: done.counts, page: done.page })
}

/// Returns what [`import`] would say about `files`, and leaves nothing on disk.
///
/// # Errors
/// As [`import`].
pub fn explain(
    files: &[PathBuf],
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Explained, ImportError> {
    let readings = all_readings(files, options)?;
    let scratch = tempfile::tempdir().map_err(TapeError::io("create", Path::new("a temporary folder")))?;
    let done = run(readings, options, scratch.path(), None, progress)?;
    Ok(Explained { counts: done.counts, page: done.page })
}

/// An import but for the description of its tape.
struct Done {
    rows: SortedRows,
    listing: Listing,
    counts: ImportCounts,
    page: ImportPage,
}

fn run(
    readings: Vec<Reading>,
    options: &ImportOptions,
    scratch: &Path,
    writer: Option<TapeWriter>,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Done, ImportError> {
    let skip = options.skip_bad_rows;
    let facts = options.markets.as_ref().map(|path| markets::read(path, &options.market_columns, options.zone, skip));
    let facts = facts.transpose()?;
    let volume = volume_meaning(&readings)?;
    let description = description(&readings);
    let total = readings.iter().map(|reading| file_bytes(&reading.table.path)).sum();
    let mut collected = Collected::new(scratch, total);
    for reading in readings {
        collected.read(reading, options, progress)?;
    }
    let Collected { quotes, trades, trade_rows, markets, mut counts, files, mut odd, .. } = collected;
    let (names, numbers) = markets.numbered();
    let closes = |named: &SeenMarket| facts.as_ref()?.by_ticker.get(&named.ticker)?.closes;
    let mut rows = SortedRows::new(writer, OddRows::new(names.iter().map(closes).collect()), volume);
    rows.take(quotes, &numbers, &mut counts)?;
    let explains_trades = rows.writer.is_none() && trade_rows > 0 && !options.trades.is_empty();
    if rows.rows == 0 && !explains_trades {
        let bad = counts.bad_examples.first().cloned();
        return Err(if trade_rows > 0 { ImportError::OnlyTrades } else { ImportError::NoRows { bad } });
    }
    let mut seen = SeenTrades::default();
    write::trades(trades, &numbers, &mut |trades| {
        seen.note(trades);
        keep_trades(rows.writer.as_mut(), trades)
    })?;
    let tickers: Vec<&str> = names.iter().map(|named| named.ticker.as_str()).collect();
    odd.extend(rows.odd.sentences(&tickers));
    let has_quotes = |market: MarketId| rows.last.get(market.index()).is_some_and(Option::is_some);
    let period = (rows.first, rows.last.iter().flatten().max().copied());
    odd.extend(seen.sentences(period, has_quotes, |market| tickers[market.index()]));
    if let Some(facts) = &facts {
        odd.extend(listing::unmatched(&names, facts));
        odd.extend(facts.notes.iter().cloned());
    }
    let mut assumed = page::assumed(&files, options);
    assumed.extend(page::absent(&counts.absent_texts));
    let made = Some(page::made(&files, options, &assumed));
    let source = TapeSource { kind: SourceKind::Imported, description, made };
    let listing = listing::listing(source, &names, facts.as_ref(), &rows.last, &mut counts);
    let page = ImportPage {
        readings: page::readings(&files),
        time_zone: options.zone.to_string(),
        first: page::iso(rows.first),
        last: page::iso(rows.last.iter().flatten().max().copied()),
        markets: rows.last.iter().flatten().count() as u64,
        rows: rows.rows,
        trades: trade_rows,
        assumed,
        odd,
    };
    Ok(Done { rows, listing, counts, page })
}

/// Returns the readings of files of quotes, or of any kind, and of those that are trades.
fn all_readings(files: &[PathBuf], options: &ImportOptions) -> Result<Vec<Reading>, ImportError> {
    let mut readings = if files.is_empty() { Vec::new() } else { collect::readings(&by_name(files), options)? };
    if !options.trades.is_empty() {
        readings.extend(collect::readings(&by_name(&options.trades), &options.of_trades())?);
    }
    Ok(readings)
}

/// Gives trades, which are in the order of time, to the tape.
fn keep_trades(writer: Option<&mut TapeWriter>, trades: &PublicTrades) -> Result<(), ImportError> {
    Ok(writer.map_or(Ok(()), |writer| writer.append_trades(trades))?)
}

/// Returns the meaning of volumes, which is one for all files.
fn volume_meaning(readings: &[Reading]) -> Result<VolumeMeaning, ImportError> {
    let with_volume = || readings.iter().filter(|reading| reading.columns.sizes[2].is_some());
    let Some(first) = with_volume().next() else { return Ok(VolumeMeaning::Day) };
    match with_volume().find(|reading| reading.volume != first.volume) {
        Some(other) => Err(ImportError::Unclear {
            path: other.table.path.clone(),
            problem: format!(
                "its volumes are of another meaning than those of `{}`: say `--volume day` or `--volume total`",
                file_name(&first.table.path)
            ),
        }),
        None => Ok(first.volume),
    }
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

fn description(readings: &[Reading]) -> String {
    match readings {
        [] => String::new(),
        [one] => file_name(&one.table.path),
        [first, .., last] => {
            format!("{} files, {} to {}", readings.len(), file_name(&first.table.path), file_name(&last.table.path))
        }
    }
}
