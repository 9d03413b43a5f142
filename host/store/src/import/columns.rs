//! Parses column mappings: `time=timestamp,market=market_ticker,bid=best_yes_bid,ask=implied_yes_ask`.

use std::str::FromStr;

use crate::suggest::sentence_end;

/// The source of a text value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// The column of this name.
    Column(String),
    /// A constant for all rows, written in double quotes: `market="fed-dec25"`.
    Constant(String),
}

/// The columns of the files, by meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMapping {
    /// Time of the quote.
    pub time: String,
    /// The market's ticker.
    pub market: Text,
    /// Best bid for YES.
    pub bid: String,
    /// Best ask for YES.
    pub ask: String,
    /// Contracts at the bid.
    pub bid_size: Option<String>,
    /// Contracts at the ask.
    pub ask_size: Option<String>,
    /// Price of the last trade.
    pub last: Option<String>,
    /// Contracts traded in the last 24 hours.
    pub volume: Option<String>,
    /// The market's event; if absent, its ticker without the last `-` part.
    pub event: Option<Text>,
    /// The market's series; if absent, the first `-` part of its ticker.
    pub series: Option<Text>,
    /// The market's category; if absent, none.
    pub category: Option<Text>,
}

impl Default for ColumnMapping {
    /// Returns the names that tapes use themselves.
    fn default() -> ColumnMapping {
        ColumnMapping {
            time: "time".into(),
            market: Text::Column("market".into()),
            bid: "bid".into(),
            ask: "ask".into(),
            bid_size: None,
            ask_size: None,
            last: None,
            volume: None,
            event: None,
            series: None,
            category: None,
        }
    }
}

/// An invalid column mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`--columns`: {0}")]
pub struct ColumnMappingError(String);

/// The keys of a mapping.
const KEYS: [&str; 11] =
    ["time", "market", "bid", "ask", "bid_size", "ask_size", "last", "volume", "event", "series", "category"];

impl FromStr for ColumnMapping {
    type Err = ColumnMappingError;

    fn from_str(text: &str) -> Result<ColumnMapping, ColumnMappingError> {
        let mut found = pairs(text, &KEYS).map_err(ColumnMappingError)?;
        let mut take =
            |key: &str| found.iter().position(|(name, _)| name == key).map(|place| found.swap_remove(place).1);
        let column = |key: &str, value: Option<Text>| match value {
            Some(Text::Constant(_)) => {
                Err(ColumnMappingError(format!("`{key}` needs a column, not a constant in quotes")))
            }
            Some(Text::Column(name)) => Ok(Some(name)),
            None => Ok(None),
        };
        let missing = |key: &str| {
            let constant = if key == "market" { r#", or as a constant: `market="my-market"`"# } else { "" };
            ColumnMappingError(format!("`{key}` is missing: add `{key}=<column>`{constant}"))
        };
        let required = |key: &str, value: Option<Text>| column(key, value)?.ok_or_else(|| missing(key));
        Ok(ColumnMapping {
            time: required("time", take("time"))?,
            market: take("market").ok_or_else(|| missing("market"))?,
            bid: required("bid", take("bid"))?,
            ask: required("ask", take("ask"))?,
            bid_size: column("bid_size", take("bid_size"))?,
            ask_size: column("ask_size", take("ask_size"))?,
            last: column("last", take("last"))?,
            volume: column("volume", take("volume"))?,
            event: take("event"),
            series: take("series"),
            category: take("category"),
        })
    }
}

/// Parses `key=column,key="constant"`. Every key must be one of `keys` and occur once. A comma in quotes does not
/// separate.
pub(super) fn pairs(text: &str, keys: &[&str]) -> Result<Vec<(String, Text)>, String> {
    let mut quoted = false;
    let parts = text.split(|letter: char| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    let mut found: Vec<(String, Text)> = Vec::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let Some((key, value)) = part.split_once('=') else {
            return Err(format!("`{part}` is not `key=column`"));
        };
        let (key, value) = (key.trim(), value.trim());
        if !keys.contains(&key) {
            let end = sentence_end(key, keys.iter().copied());
            return Err(format!("`{key}` is unknown{end} Known: {}", keys.join(", ")));
        }
        if found.iter().any(|(name, _)| name == key) {
            return Err(format!("`{key}` is given twice"));
        }
        let constant = value.strip_prefix('"').map(|rest| rest.strip_suffix('"').ok_or("its quote does not end"));
        let value = match constant.transpose().map_err(|problem| format!("`{part}`: {problem}"))? {
            Some(constant) => Text::Constant(constant.to_owned()),
            None => Text::Column(value.to_owned()),
        };
        if matches!(&value, Text::Constant(text) | Text::Column(text) if text.is_empty()) {
            return Err(format!("`{key}` names no column"));
        }
        found.push((key.to_owned(), value));
    }
    Ok(found)
}
