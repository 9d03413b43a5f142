//! Opens a tape: its description, whole or in additions.

use std::path::{Path, PathBuf};

use host_core::{Market, Settlement, Timestamp, names};
use host_system::capped;
use serde::Deserialize;

use super::additions::{ADDITIONS_FILE, with_additions};
use super::check::time_problem;
use super::columns::checksum;
use super::error::TapeError;
use super::market_table::MARKETS_TABLE;
use super::meta::{
    DayFile, FORMAT, FORMER, FORMER_GROWING, GROWING, MARKETS_FILE, SourceKind, TAPE_FILE, TapeMeta, is_whole, sha256,
};

/// The first letters of all tickers at Kalshi.
const KALSHI_PREFIX: &str = "KX";

/// An open tape: its description. The rows stay on disk until they are read.
#[derive(Clone, Debug)]
pub struct Tape {
    path: PathBuf,
    meta: TapeMeta,
    markets: Vec<Market>,
}

impl Tape {
    /// Opens the tape in the folder `path`: reads its description and checks that its files exist.
    ///
    /// # Errors
    /// [`TapeError::NotATape`] if there is none, [`TapeError::BadDescription`] if its parts are inconsistent. Errors
    /// inside a day's file are returned by the reader, after the rows before them.
    pub fn open(path: impl AsRef<Path>) -> Result<Tape, TapeError> {
        let path = path.as_ref().to_owned();
        let mut base = read_base(&path)?;
        if is_whole(base.format) {
            match read_json(&path.join(MARKETS_FILE)) {
                Ok(markets) => return Tape { path, meta: base, markets }.valid(TAPE_FILE, MARKETS_FILE),
                // A host that goes on with it may just have made a growing tape of it.
                Err(missing) => {
                    base = read_base(&path)?;
                    if is_whole(base.format) {
                        return Err(missing);
                    }
                }
            }
        }
        let (meta, markets) = with_additions(&path, base)?;
        Tape { path, meta, markets }.valid(ADDITIONS_FILE, ADDITIONS_FILE)
    }

    /// Returns true if the markets are Kalshi's, as far as that is known: this host records no other venue, and of
    /// imported ones the prefix of the tickers tells it.
    pub fn is_of_kalshi(&self) -> bool {
        match self.meta.source.kind {
            SourceKind::Recorded => true,
            SourceKind::Imported => {
                !self.markets.is_empty() && self.markets.iter().all(|market| market.ticker.starts_with(KALSHI_PREFIX))
            }
            SourceKind::Synthetic => false,
        }
    }

    /// Returns the tape, whose description is in the file `described`, and whose markets are in `listed`.
    fn valid(self, described: &str, listed: &str) -> Result<Tape, TapeError> {
        self.validate(described, listed).map(|()| self)
    }

    fn validate(&self, described: &str, listed: &str) -> Result<(), TapeError> {
        let bad_in = |file: &str, reason| Err(TapeError::BadDescription { path: self.path.join(file), reason });
        let bad = |reason| bad_in(described, reason);
        let Tape { path, meta, markets } = self;
        if let Some(reason) = markets_problem(markets) {
            return bad_in(listed, reason);
        }
        if let Some(reason) = settlements_problem(markets, &meta.settlements) {
            return bad(reason);
        }
        if let Some(reason) = clock_problem(meta) {
            return bad(reason);
        }
        if let Some(life) = meta.coverage.iter().find(|life| life.market.index() >= markets.len()) {
            return bad(format!("it has rows of market {}, but {} markets are listed", life.market.0, markets.len()));
        }
        // A recording has no files on its first day, and several files of one day after restarts.
        let is_sorted = |days: &[DayFile]| days.is_sorted_by_key(|day| day.day);
        if meta.days.is_empty() != (meta.rows == 0) || !is_sorted(&meta.days) || !is_sorted(&meta.trade_days) {
            return bad("its days are missing or out of order".into());
        }
        match meta.days.iter().chain(&meta.trade_days).find(|day| !path.join(&day.file).is_file()) {
            Some(day) => bad(format!("it lists `{}`, which is missing", day.file)),
            None => self.check_table(),
        }
    }

    /// Refuses `markets.parquet` if somebody has changed it: the host goes by the list that it is a copy of.
    fn check_table(&self) -> Result<(), TapeError> {
        let path = self.path.join(MARKETS_TABLE);
        let Some(written) = self.meta.markets_crc32.filter(|_| path.exists()) else { return Ok(()) };
        if checksum(&path).map_err(TapeError::io("read", &path))? == written {
            return Ok(());
        }
        let reason = "it is not what was written; for this host it is a copy of `markets.json`, so change that \
                      instead, and remove or restore this file"
            .into();
        Err(TapeError::BadDescription { path, reason })
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the SHA-256 digest, in hexadecimal, of the description, with its files' checksums, and of the markets.
    /// Two tapes of the same digest have the same rows.
    ///
    /// # Errors
    /// The description has a number that JSON cannot express.
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        Ok(sha256(&[serde_json::to_vec(&self.meta)?, serde_json::to_vec(&self.markets)?].concat()))
    }

    /// Returns the content of `tape.json`.
    pub fn meta(&self) -> &TapeMeta {
        &self.meta
    }

    /// Returns the markets by id.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// Returns the results of the markets, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.meta.settlements
    }

    /// Returns, by market id, the time until which each market is open in this tape: its close time, or the time of
    /// its last row if no close time is known; `None` if it has neither.
    pub fn open_until(&self) -> Vec<Option<Timestamp>> {
        let mut until: Vec<Option<Timestamp>> = self.markets.iter().map(|market| market.closes).collect();
        for life in &self.meta.coverage {
            until[life.market.index()].get_or_insert(life.last);
        }
        until
    }
}

/// Returns the first problem with the times of a description.
fn clock_problem(meta: &TapeMeta) -> Option<String> {
    if meta.poll.is_some_and(|poll| poll.0 <= 0) {
        return Some("its poll interval is not positive".into());
    }
    let lives = meta.coverage.iter().flat_map(|life| [life.first, life.last]);
    [meta.first, meta.last].into_iter().chain(lives).find_map(time_problem)
}

/// Reads the `tape.json` of the tape in the folder `path`.
pub(crate) fn read_base(path: &Path) -> Result<TapeMeta, TapeError> {
    let not_a_tape = |reason: &str| TapeError::NotATape { path: path.to_owned(), reason: reason.to_owned() };
    if !path.exists() {
        return Err(not_a_tape("nothing is there"));
    }
    if !path.is_dir() {
        return Err(not_a_tape("it is a file, a tape is a folder"));
    }
    let file = path.join(TAPE_FILE);
    if !file.exists() {
        return Err(not_a_tape("it holds no `tape.json`"));
    }
    let meta: TapeMeta = read_json(&file)?;
    let readable = [FORMER, FORMER_GROWING, FORMAT, GROWING];
    if !readable.contains(&meta.format) {
        let last = readable.len();
        let reason = format!("its format is {}, this host reads 1 to {last}; import the data again", meta.format);
        return Err(TapeError::BadDescription { path: file, reason });
    }
    Ok(meta)
}

fn name_problem(market: &Market) -> Option<String> {
    let Market { id, ticker, event, series, category, .. } = market;
    let problem = |(what, name): (&str, &String)| {
        names::market_problem(name).map(|problem| format!("the {what} of market {}: {problem}", id.0))
    };
    [("ticker", ticker), ("event", event), ("series", series), ("category", category)].into_iter().find_map(problem)
}

/// Returns the first problem of a list of markets and settlements, if there is one.
pub(super) fn listing_problem(markets: &[Market], settlements: &[Settlement]) -> Option<String> {
    markets_problem(markets).or_else(|| settlements_problem(markets, settlements))
}

fn markets_problem(markets: &[Market]) -> Option<String> {
    if let Some((index, market)) = markets.iter().enumerate().find(|(index, market)| market.id.index() != *index) {
        return Some(format!(
            "market {index} (`{}`) has id {}: ids are dense and in order",
            market.ticker, market.id.0
        ));
    }
    markets.iter().find_map(name_problem)
}

fn settlements_problem(markets: &[Market], settlements: &[Settlement]) -> Option<String> {
    if let Some(settlement) = settlements.iter().find(|settlement| settlement.market.index() >= markets.len()) {
        return Some(format!("it settles market {}, which is not listed", settlement.market.0));
    }
    if let Some(problem) = settlements.iter().find_map(|settlement| time_problem(settlement.time)) {
        return Some(problem);
    }
    (!settlements.is_sorted_by_key(|settlement| settlement.time))
        .then(|| "its settlements are not in time order".into())
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, TapeError> {
    let text = capped::read(path, capped::RESULTS).map_err(TapeError::io("read", path))?;
    serde_json::from_slice(&text)
        .map_err(|error| TapeError::BadDescription { path: path.to_owned(), reason: error.to_string() })
}
