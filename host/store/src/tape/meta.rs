//! The description of a tape: `tape.json` and `markets.json`.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, Settlement, Span, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::TapeError;

/// Version of the format: the only one that this host writes and reads.
pub(super) const FORMAT: u32 = 1;
pub(crate) const TAPE_FILE: &str = "tape.json";
pub(crate) const MARKETS_FILE: &str = "markets.json";

/// The kind of source of a tape's rows. Synthetic data is marked as such wherever it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// This host's own feed.
    Recorded,
    /// Files recorded by other software.
    Imported,
    /// A market generator.
    Synthetic,
}

/// The source of a tape's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeSource {
    pub kind: SourceKind,
    /// Text for people: the files, the venue, or the generator with its seed.
    pub description: String,
}

/// The markets and results of a tape, given to the writer at the end, when they are all known.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Every market that a row names; ids are dense and in order.
    pub markets: Vec<Market>,
    /// Results of the markets, in time order.
    pub settlements: Vec<Settlement>,
    pub source: TapeSource,
    /// Poll interval, if every open market was polled at its multiples since the epoch.
    pub poll: Option<Span>,
}

/// The file of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFile {
    /// Day number since the epoch.
    pub day: i64,
    /// Name within the tape's folder.
    pub file: String,
    /// Number of rows.
    pub rows: u64,
    /// CRC-32 of the file, the checksum of gzip. A file is read only if its checksum matches. `None`, for files that
    /// another tool made, relies on the checks of each row.
    pub crc32: Option<u32>,
}

/// The time range in which a market has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketCoverage {
    pub market: MarketId,
    /// Time of the first row.
    pub first: Timestamp,
    /// Time of the last row.
    pub last: Timestamp,
    /// Number of rows.
    pub rows: u64,
}

/// The content of `tape.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TapeMeta {
    pub format: u32,
    pub source: TapeSource,
    /// Poll interval in nanoseconds, if every open market was polled at its multiples since the epoch.
    pub poll: Option<Span>,
    /// Number of rows.
    pub rows: u64,
    /// Time of the first row.
    pub first: Timestamp,
    /// Time of the last row.
    pub last: Timestamp,
    /// True if any row has a size.
    pub has_sizes: bool,
    /// True if any row has a last price.
    pub has_last: bool,
    /// True if any row has a volume.
    pub has_volume: bool,
    /// Files of the days that have rows, in order. A recording that was closed within a day has several files of that
    /// day.
    pub days: Vec<DayFile>,
    /// Time ranges of the markets that have rows, by id.
    #[serde(rename = "lives")]
    pub coverage: Vec<MarketCoverage>,
    /// Results of the markets, in time order.
    pub settlements: Vec<Settlement>,
}

/// Returns the digest that stands for synthetic market data: that of its description, which says how it is made.
pub fn description_digest(description: &str) -> String {
    sha256(description.as_bytes())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl TapeMeta {
    /// Returns the description of a tape without rows.
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

    /// Returns the tape whose description was just written to the folder `path`.
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
        // A recording has no files on its first day, and several files of one day after restarts.
        if meta.days.is_empty() != (meta.rows == 0) || !meta.days.is_sorted_by_key(|day| day.day) {
            return bad("its days are missing or out of order".into());
        }
        match meta.days.iter().find(|day| !path.join(&day.file).is_file()) {
            Some(day) => bad(format!("it lists `{}`, which is missing", day.file)),
            None => Ok(()),
        }
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

/// Returns the first problem of a list of markets and settlements, if there is one.
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
