//! What a tape says of itself: `tape.json` and `markets.json`.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, Settlement, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::TapeError;

/// The version of the format that this host writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;
pub(crate) const TAPE_FILE: &str = "tape.json";
pub(crate) const MARKETS_FILE: &str = "markets.json";

/// Where a tape's rows come from. What is synthetic is called so wherever it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// This host's own feed.
    Recorded,
    /// Someone else's recording.
    Imported,
    /// A generator: no market ever traded like this.
    Synthetic,
}

/// Where a tape's rows come from, with words for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeSource {
    /// Which of the three.
    pub kind: SourceKind,
    /// Files, venue, or generator with its seed.
    pub description: String,
}

/// What the rows are about: given to the writer when all of it is known, at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Every market that a row names; ids are dense and in order.
    pub markets: Vec<Market>,
    /// How markets resolved, in time order.
    pub settlements: Vec<Settlement>,
    /// Where the rows come from.
    pub source: TapeSource,
    /// The interval, if every open market was polled at its multiples since the epoch.
    pub poll: Option<Span>,
}

/// One day's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFile {
    /// The day's number since the epoch.
    pub day: i64,
    /// Its name within the tape's folder.
    pub file: String,
    /// How many rows.
    pub rows: u64,
    /// Checksum of the file, as gzip has it. A file is read only if it is what was written; `None`, for files that another tool
    /// made, leaves that to the checks of each row.
    pub crc32: Option<u32>,
}

/// From when to when a market has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketCoverage {
    /// Which market.
    pub market: MarketId,
    /// Its first row.
    pub first: Timestamp,
    /// Its last row.
    pub last: Timestamp,
    /// How many rows.
    pub rows: u64,
}

/// The content of `tape.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TapeMeta {
    /// Version of the format.
    pub format: u32,
    /// Where the rows come from.
    pub source: TapeSource,
    /// The interval in nanoseconds, if every open market was polled at its multiples since the epoch.
    pub poll: Option<Span>,
    /// How many rows.
    pub rows: u64,
    /// Time of the first row.
    pub first: Timestamp,
    /// Time of the last row.
    pub last: Timestamp,
    /// Whether any row has a size.
    pub has_sizes: bool,
    /// Whether any row has a last price.
    pub has_last: bool,
    /// Whether any row has a volume.
    pub has_volume: bool,
    /// The files of the days that have rows, in order; a recording that was closed within a day has several of it.
    pub days: Vec<DayFile>,
    /// The markets that have rows, by id.
    #[serde(rename = "lives")]
    pub coverage: Vec<MarketCoverage>,
    /// How markets resolved, in time order.
    pub settlements: Vec<Settlement>,
}

impl TapeMeta {
    /// Of a tape without rows.
    pub(crate) fn empty(source: TapeSource) -> TapeMeta {
        TapeMeta {
            format: FORMAT,
            source,
            poll: None,
            rows: 0,
            first: Timestamp::default(),
            last: Timestamp::default(),
            has_sizes: false,
            has_last: false,
            has_volume: false,
            days: Vec::new(),
            coverage: Vec::new(),
            settlements: Vec::new(),
        }
    }
}

/// An opened tape: its description; the rows stay on disk until read.
#[derive(Clone, Debug)]
pub struct Tape {
    path: PathBuf,
    meta: TapeMeta,
    markets: Vec<Market>,
}

impl Tape {
    /// Opens the tape in the folder `path`: reads its description and sees that its files are there.
    ///
    /// # Errors
    /// [`TapeError::NotATape`] where there is none, [`TapeError::BadDescription`] where its parts do not fit together.
    /// What is wrong inside a day's file is said by the reader, after the rows before it.
    pub fn open(path: impl AsRef<Path>) -> Result<Tape, TapeError> {
        let path = path.as_ref().to_owned();
        let not_a_tape = |reason: &str| TapeError::NotATape { path: path.clone(), reason: reason.to_owned() };
        if !path.exists() {
            return Err(not_a_tape("nothing is there"));
        }
        if !path.is_dir() {
            return Err(not_a_tape("it is a file, a tape is a folder"));
        }
        if !path.join(TAPE_FILE).exists() {
            return Err(not_a_tape("it holds no `tape.json`"));
        }
        let meta: TapeMeta = read_json(&path.join(TAPE_FILE))?;
        let markets: Vec<Market> = read_json(&path.join(MARKETS_FILE))?;
        let tape = Tape { path, meta, markets };
        tape.validate()?;
        Ok(tape)
    }

    /// The tape whose description was just written to the folder `path`.
    pub(crate) fn written(path: PathBuf, meta: TapeMeta, markets: Vec<Market>) -> Tape {
        Tape { path, meta, markets }
    }

    fn validate(&self) -> Result<(), TapeError> {
        let bad = |reason: String| Err(TapeError::BadDescription { path: self.path.join(TAPE_FILE), reason });
        let Tape { path, meta, markets } = self;
        if meta.format != FORMAT {
            return bad(format!("its format is {}, this host reads {FORMAT}; import the data again", meta.format));
        }
        if let Some(reason) = listing_problem(markets, &meta.settlements) {
            return bad(reason);
        }
        if let Some(life) = meta.coverage.iter().find(|life| life.market.index() >= markets.len()) {
            return bad(format!("it has rows of market {}, but {} markets are listed", life.market.0, markets.len()));
        }
        // A recording has none yet on its first day, and several files of a day after restarts.
        if meta.days.is_empty() != (meta.rows == 0) || !meta.days.is_sorted_by_key(|day| day.day) {
            return bad("its days are missing or out of order".into());
        }
        match meta.days.iter().find(|day| !path.join(&day.file).is_file()) {
            Some(day) => bad(format!("it lists `{}`, which is missing", day.file)),
            None => Ok(()),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says of itself.
    pub fn meta(&self) -> &TapeMeta {
        &self.meta
    }

    /// The markets, by id.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// How markets resolved, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.meta.settlements
    }

    /// Until when each market is open in this tape, by id: its close time, or its last row where none is known; `None` where
    /// it has neither.
    pub fn open_until(&self) -> Vec<Option<Timestamp>> {
        let mut until: Vec<Option<Timestamp>> = self.markets.iter().map(|market| market.closes).collect();
        for life in &self.meta.coverage {
            until[life.market.index()].get_or_insert(life.last);
        }
        until
    }
}

/// What is wrong with a list of markets and settlements, if anything is.
pub(super) fn listing_problem(markets: &[Market], settlements: &[Settlement]) -> Option<String> {
    if let Some((index, market)) = markets.iter().enumerate().find(|(index, market)| market.id.index() != *index) {
        return Some(format!(
            "market {index} (`{}`) has id {}: ids are dense and in order",
            market.ticker, market.id.0
        ));
    }
    if let Some(settlement) = settlements.iter().find(|settlement| settlement.market.index() >= markets.len()) {
        return Some(format!("it settles market {}, which is not listed", settlement.market.0));
    }
    (!settlements.is_sorted_by_key(|settlement| settlement.time))
        .then(|| "its settlements are not in time order".into())
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, TapeError> {
    let text = fs::read(path).map_err(TapeError::io("read", path))?;
    serde_json::from_slice(&text)
        .map_err(|error| TapeError::BadDescription { path: path.to_owned(), reason: error.to_string() })
}
