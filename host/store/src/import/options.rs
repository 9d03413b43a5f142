//! The options of an import: what people say about their files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use host_core::{Price, Span};

use super::columns::ColumnMapping;
use super::market_columns::MarketColumns;
use super::numbers::PriceUnit;
use super::time::TimeFormat;
use crate::zone::Zone;

/// The format of the files, and options of the import. What is not said is found out where the files decide it.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub columns: ColumnMapping,
    /// Files of trades beside those of quotes.
    pub trades: Vec<PathBuf>,
    /// Columns of the files of trades, with unusual names.
    pub trades_columns: ColumnMapping,
    pub price_unit: Option<PriceUnit>,
    /// Time zone of times that name none.
    pub zone: Zone,
    pub time_format: Option<TimeFormat>,
    pub kind: Option<RowKind>,
    /// Distance of bid and ask around the one price of a row; without it such rows have neither.
    pub spread: Option<Price>,
    pub volume: Option<VolumeMeaning>,
    pub candle_time: Option<CandleTime>,
    /// The first line is data.
    pub no_header: bool,
    /// Each column but that of the time is a market.
    pub wide: bool,
    /// Texts that stand for no value, beside the usual ones.
    pub absent: Vec<String>,
    /// A file with facts about the markets.
    pub markets: Option<PathBuf>,
    /// Columns of that file with unusual names.
    pub market_columns: MarketColumns,
    /// Leave out and count rows that cannot be parsed, and accept truncated files, instead of failing.
    pub skip_bad_rows: bool,
}

/// The kind of rows that a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// A bid and an ask.
    Quotes,
    /// One price.
    Prices,
    /// Prices at the end of a time, and the volume within it.
    Candles,
    /// Trades of other people.
    Trades,
}

const KINDS: [(&str, RowKind); 4] = [
    ("quotes", RowKind::Quotes),
    ("prices", RowKind::Prices),
    ("candles", RowKind::Candles),
    ("trades", RowKind::Trades),
];

impl fmt::Display for RowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(KINDS.iter().find(|(_, kind)| kind == self).map_or("", |(name, _)| name))
    }
}

impl FromStr for RowKind {
    type Err = String;

    fn from_str(text: &str) -> Result<RowKind, String> {
        let found = KINDS.iter().find(|(name, _)| *name == text).map(|(_, kind)| *kind);
        found.ok_or_else(|| "write quotes, prices, candles or trades".to_owned())
    }
}

/// The meaning of a column of volumes. A tape has that of the last 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeMeaning {
    /// Contracts traded in the last 24 hours.
    Day,
    /// Contracts traded since the market opened.
    Total,
    /// Contracts traded since the row before, as candles have it.
    Row,
}

impl fmt::Display for VolumeMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VolumeMeaning::Day => "day",
            VolumeMeaning::Total => "total",
            VolumeMeaning::Row => "row",
        })
    }
}

impl FromStr for VolumeMeaning {
    type Err = String;

    fn from_str(text: &str) -> Result<VolumeMeaning, String> {
        match text {
            "day" => Ok(VolumeMeaning::Day),
            "total" => Ok(VolumeMeaning::Total),
            "row" => Ok(VolumeMeaning::Row),
            _ => Err("write day, total or row".to_owned()),
        }
    }
}

/// The point within a candle that its time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandleTime {
    End,
    /// The start of a candle of this length.
    Start(Span),
}

impl fmt::Display for CandleTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CandleTime::End => f.write_str("end"),
            CandleTime::Start(length) => write!(f, "start+{length}"),
        }
    }
}

impl FromStr for CandleTime {
    type Err = String;

    fn from_str(text: &str) -> Result<CandleTime, String> {
        let length = text.strip_prefix("start+").and_then(|length| length.parse::<Span>().ok());
        match (text, length.filter(|length| *length > Span::ZERO)) {
            ("end", _) => Ok(CandleTime::End),
            (_, Some(length)) => Ok(CandleTime::Start(length)),
            _ => Err("write end, or start and the candles' length, such as start+1m".to_owned()),
        }
    }
}

impl ImportOptions {
    /// Returns the options for the files of trades.
    pub(super) fn of_trades(&self) -> ImportOptions {
        let (columns, kind) = (self.trades_columns.clone(), Some(RowKind::Trades));
        ImportOptions { columns, kind, spread: None, volume: None, candle_time: None, wide: false, ..self.clone() }
    }

    /// Returns the options that are stated, by their names on the command line: with the files they make the tape
    /// again.
    pub fn stated(&self) -> BTreeMap<String, String> {
        let text = |text: &dyn fmt::Display| Some(text.to_string());
        let flag = |set: bool| set.then(String::new);
        let file = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let names = |paths: &[PathBuf]| paths.iter().filter_map(file).collect::<Vec<_>>().join(",");
        let options = [
            ("trades", (!self.trades.is_empty()).then(|| names(&self.trades))),
            ("trades-columns", (!self.trades_columns.is_empty()).then(|| self.trades_columns.to_string())),
            ("columns", (!self.columns.is_empty()).then(|| self.columns.to_string())),
            ("price-unit", self.price_unit.as_ref().and_then(|unit| text(unit))),
            ("timezone", (self.zone != Zone::default()).then(|| self.zone.to_string())),
            ("time-format", self.time_format.as_ref().and_then(|format| text(format))),
            ("kind", self.kind.as_ref().and_then(|kind| text(kind))),
            ("spread", self.spread.map(|spread| format!("{}", spread.dollars()))),
            ("volume", self.volume.as_ref().and_then(|meaning| text(meaning))),
            ("candle-time", self.candle_time.as_ref().and_then(|time| text(time))),
            ("no-header", flag(self.no_header)),
            ("wide", flag(self.wide)),
            ("absent", (!self.absent.is_empty()).then(|| self.absent.join(","))),
            ("markets", self.markets.as_ref().and_then(file)),
            ("markets-columns", (!self.market_columns.is_empty()).then(|| self.market_columns.to_string())),
            ("skip-bad-rows", flag(self.skip_bad_rows)),
        ];
        options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
