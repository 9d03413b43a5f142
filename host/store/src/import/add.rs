//! Adds the trades of files to a tape that has quotes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use host_core::{MarketId, PublicTrades};

use super::collect::{self, Collected};
use super::error::ImportError;
use super::options::ImportOptions;
use super::page::{self, ImportPage, ImportProgress};
use super::seen_markets::SeenMarket;
use super::two_tables::{SeenTrades, unknown_markets};
use super::{Imported, by_name, file_bytes, write};
use crate::info;
use crate::tape::{Tape, TradesAddition};

/// Stands for a market that the tape does not have.
const UNKNOWN: MarketId = MarketId(u32::MAX);

/// Adds the trades of `files` to the tape in the folder `tape`, which has none. Trades of markets that the tape does
/// not have are left out, and told.
///
/// # Errors
/// [`ImportError`], with the file and line. The tape is as it was then.
pub fn add_trades(
    files: &[PathBuf],
    tape: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Imported, ImportError> {
    let readings = collect::readings(&by_name(files), &options.of_trades())?;
    let mut addition = TradesAddition::begin(Tape::open(tape)?)?;
    let scratch = tempfile::tempdir_in(addition.scratch());
    let scratch = scratch.map_err(crate::tape::TapeError::io("create a folder for", tape))?;
    let mut collected = Collected::new(scratch.path(), readings.iter().map(|one| file_bytes(&one.table.path)).sum());
    for reading in readings {
        collected.read(reading, options, progress)?;
    }
    let Collected { trades, markets, counts, files, mut odd, .. } = collected;
    let (names, ids) = markets.numbered();
    let by_name = numbers_in(addition.tape(), &names);
    let numbers: Vec<MarketId> = ids.iter().map(|id| by_name[id.index()]).collect();
    let (mut seen, mut kept, mut unknown) = (SeenTrades::default(), 0, 0);
    write::trades(trades, &numbers, &mut |trades| {
        let known = without_unknown(trades);
        unknown += (trades.len() - known.len()) as u64;
        kept += known.len() as u64;
        seen.note(&known);
        Ok(addition.append(&known)?)
    })?;
    drop(scratch);
    if kept == 0 {
        return Err(none_kept(tape, &names, unknown, counts.bad_examples.first().cloned()));
    }
    let missing: Vec<&str> =
        names.iter().zip(&by_name).filter(|(_, id)| **id == UNKNOWN).map(|(named, _)| named.ticker.as_str()).collect();
    odd.extend(unknown_markets(unknown, &missing));
    let (meta, listed) = (addition.tape().meta(), addition.tape().markets());
    let has_quotes = |market: MarketId| meta.coverage.iter().any(|life| life.market == market);
    let ticker = |market: MarketId| listed[market.index()].ticker.as_str();
    odd.extend(seen.sentences((Some(meta.first), Some(meta.last)), has_quotes, ticker));
    let mut assumed = page::assumed(&files, options);
    assumed.extend(page::absent(&counts.absent_texts));
    let made = page::made(&files, options, &assumed);
    let page = ImportPage {
        readings: page::readings(&files),
        time_zone: options.zone.to_string(),
        first: page::iso(seen.first),
        last: page::iso(seen.last),
        markets: listed.len() as u64,
        rows: meta.rows,
        trades: kept,
        assumed: assumed.clone(),
        odd,
    };
    let tape = addition.finish(made.files, &assumed)?;
    let info = info::info(&tape)?;
    Ok(Imported { tape, counts, page, info })
}

/// Returns the number in `tape` of each of the markets `names`.
fn numbers_in(tape: &Tape, names: &[SeenMarket]) -> Vec<MarketId> {
    let ids: HashMap<&str, MarketId> = tape.markets().iter().map(|one| (one.ticker.as_str(), one.id)).collect();
    names.iter().map(|named| ids.get(named.ticker.as_str()).copied().unwrap_or(UNKNOWN)).collect()
}

/// Returns the error about files without a trade for `tape`; `unknown` ones are of other markets.
fn none_kept(tape: &Path, names: &[SeenMarket], unknown: u64, bad: Option<String>) -> ImportError {
    let tickers: Vec<String> = names.iter().take(3).map(|named| format!("`{}`", named.ticker)).collect();
    match unknown {
        0 => ImportError::NoRows { bad },
        _ => ImportError::StrangeTrades { path: tape.to_owned(), tickers: tickers.join(", ") },
    }
}

/// Returns the trades of known markets.
fn without_unknown(trades: &PublicTrades) -> PublicTrades {
    let mut known = PublicTrades::default();
    for row in (0..trades.len()).filter(|row| trades.market[*row] != UNKNOWN.0) {
        known.append_part(trades, row..row + 1);
    }
    known
}
