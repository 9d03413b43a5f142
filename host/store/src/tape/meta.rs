//! The description of a tape: the content of `tape.json`.

use std::collections::BTreeMap;

use host_core::{Market, MarketId, Settlement, Span, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// Version of the format of a whole description, with the files of days in folders, and tickers in their rows.
pub(super) const FORMAT: u32 = 3;
/// As [`FORMAT`], of a former release: files of days without tickers, beside the description.
pub(super) const FORMER: u32 = 1;
/// Version of the format of a tape that grows: its `tape.json` has no rows, all are in `additions.jsonl`. Days that a
/// former release recorded are as in [`FORMER`].
pub(crate) const GROWING: u32 = 4;
/// As [`GROWING`], of a former release.
pub(crate) const FORMER_GROWING: u32 = 2;
pub(crate) const TAPE_FILE: &str = "tape.json";
pub(crate) const MARKETS_FILE: &str = "markets.json";

/// Returns true for the formats of a whole description.
pub(super) fn is_whole(format: u32) -> bool {
    [FORMAT, FORMER].contains(&format)
}

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
    /// The files that it was made of, and the options, so that it can be made again; absent for other sources, and in
    /// older tapes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

impl TapeSource {
    /// Returns a source that is not made of files.
    pub fn new(kind: SourceKind, description: impl Into<String>) -> TapeSource {
        TapeSource { kind, description: description.into(), made: None }
    }
}

/// The files and options that a tape was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub files: Vec<SourceFile>,
    /// Options that were stated, by their names on the command line; flags have no text.
    pub options: BTreeMap<String, String>,
    /// Sentences about what was found out or assumed, and not stated.
    pub assumed: Vec<String>,
}

/// A file that a tape was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Name without its folder.
    pub name: String,
    pub bytes: u64,
    /// Digest of its content, in hexadecimal digits.
    pub sha256: String,
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
    /// Number of markets whose price steps are inferred from their prices.
    pub inferred_ticks: u64,
}

/// The file of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFile {
    /// Day number since the epoch.
    pub day: i64,
    /// Path within the tape's folder.
    pub file: String,
    /// Number of rows, or of trades.
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
    /// Files of the days that have public trades, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trade_days: Vec<DayFile>,
    /// CRC-32 of `markets.parquet`, a copy of the markets and results for other programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markets_crc32: Option<u32>,
    /// Time ranges of the markets that have rows, by id.
    #[serde(rename = "lives")]
    pub coverage: Vec<MarketCoverage>,
    /// Results of the markets, in time order.
    pub settlements: Vec<Settlement>,
    /// Number of markets whose price steps are inferred from their prices; absent where it is zero or not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub inferred_ticks: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Returns the digest that stands for synthetic market data: that of its description, which says how it is made.
pub fn description_digest(description: &str) -> String {
    sha256(description.as_bytes())
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl TapeMeta {
    /// Returns the number of public trades.
    pub fn trades(&self) -> u64 {
        self.trade_days.iter().map(|day| day.rows).sum()
    }

    /// Returns the description of a tape without rows.
    pub(crate) fn empty(source: TapeSource) -> TapeMeta {
        TapeMeta {
            format: FORMER,
            source,
            poll: None,
            rows: 0,
            first: Timestamp::default(),
            last: Timestamp::default(),
            has_sizes: false,
            has_last: false,
            has_volume: false,
            days: Vec::new(),
            trade_days: Vec::new(),
            markets_crc32: None,
            coverage: Vec::new(),
            settlements: Vec::new(),
            inferred_ticks: 0,
        }
    }
}
