//! Parses column mappings: `time=timestamp,market=market_ticker,bid=best_yes_bid,ask=1-best_no_bid`.

use std::fmt;
use std::str::FromStr;

use crate::suggest::sentence_end;

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnSource {
    /// The column of this name, or of this place: `#3` is the third.
    Column(String),
    /// One dollar less the price in the column of this name: `1-no_bid`.
    Complement(String),
    /// A constant for all rows, written in double quotes: `market="fed-dec25"`.
    Constant(String),
}

/// The columns of the files, by meaning. Those that are not stated are found by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMapping(Vec<(String, ColumnSource)>);

/// An invalid column mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`--columns`: {0}")]
pub struct ColumnMappingError(String);

/// The keys of a mapping.
const KEYS: [&str; 13] = [
    "time", "market", "bid", "ask", "bid_size", "ask_size", "last", "volume", "event", "series", "category",
    "quantity", "taker",
];
/// Keys whose values are names.
const NAMES: [&str; 4] = ["market", "event", "series", "category"];
/// Keys whose values are prices.
const PRICES: [&str; 3] = ["bid", "ask", "last"];

impl ColumnMapping {
    /// Returns the stated source of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&ColumnSource> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, source)| source)
    }

    /// Returns true if no column is stated.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ColumnMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, source)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{key}={source}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ColumnSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnSource::Column(name) => f.write_str(name),
            ColumnSource::Complement(name) => write!(f, "1-{name}"),
            ColumnSource::Constant(text) => write!(f, "\"{text}\""),
        }
    }
}

impl FromStr for ColumnMapping {
    type Err = ColumnMappingError;

    fn from_str(text: &str) -> Result<ColumnMapping, ColumnMappingError> {
        let found = pairs(text, &KEYS).map_err(ColumnMappingError)?;
        for (key, source) in &found {
            let problem = match source {
                ColumnSource::Constant(_) if !NAMES.contains(&key.as_str()) => {
                    "needs a column, not a constant in quotes"
                }
                ColumnSource::Complement(_) if !PRICES.contains(&key.as_str()) => {
                    "is no price, so `1-…` has no meaning"
                }
                _ => continue,
            };
            return Err(ColumnMappingError(format!("`{key}` {problem}")));
        }
        Ok(ColumnMapping(found))
    }
}

/// Parses `key=column,key="constant"`. Every key must be one of `keys` and occur once. A comma in quotes does not
/// separate.
pub(super) fn pairs(text: &str, keys: &[&str]) -> Result<Vec<(String, ColumnSource)>, String> {
    let mut quoted = false;
    let parts = text.split(|letter: char| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    let mut found: Vec<(String, ColumnSource)> = Vec::new();
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
        let source = source(value).map_err(|problem| format!("`{part}`: {problem}"))?;
        let (ColumnSource::Constant(name) | ColumnSource::Column(name) | ColumnSource::Complement(name)) = &source;
        if name.is_empty() {
            return Err(format!("`{key}` names no column"));
        }
        found.push((key.to_owned(), source));
    }
    Ok(found)
}

fn source(value: &str) -> Result<ColumnSource, &'static str> {
    if let Some(rest) = value.strip_prefix('"') {
        let constant = rest.strip_suffix('"').ok_or("its quote does not end")?;
        return Ok(ColumnSource::Constant(constant.to_owned()));
    }
    match value.split_once('-') {
        Some((one, name)) if one.trim() == "1" && !name.trim().is_empty() => {
            Ok(ColumnSource::Complement(name.trim().to_owned()))
        }
        _ => Ok(ColumnSource::Column(value.to_owned())),
    }
}
