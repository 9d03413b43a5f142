//! The columns of a file of facts about markets, by the names that venues use.

use std::fmt;
use std::str::FromStr;

use super::columns::{ColumnSource, pairs};

/// The facts that a file may contain, each with the names that venues use for it.
const FACTS: [(&str, &[&str]); 15] = [
    ("ticker", &["ticker", "market_ticker", "market", "slug"]),
    ("event", &["event", "event_ticker"]),
    ("series", &["series", "series_ticker"]),
    ("category", &["category"]),
    ("title", &["title", "question"]),
    ("tick", &["tick", "orderPriceMinTickSize"]),
    ("price_ranges", &["price_ranges"]),
    ("price_structure", &["price_structure", "price_level_structure"]),
    ("opens", &["opens", "open_time", "startDate"]),
    ("closes", &["closes", "close_time", "endDate"]),
    ("event_time", &["event_time", "strike_date", "expected_expiration_time", "endDate"]),
    ("result", &["result", "derived_result", "resolution"]),
    ("payout", &["payout", "settlement_value_dollars", "resolutionProbability"]),
    ("outcome_prices", &["outcomePrices"]),
    ("resolution_status", &["umaResolutionStatus"]),
];
const SETTLED: (&str, &[&str]) = ("settle_time", &["settle_time", "settlement_ts", "last_nonempty_quote_ts"]);

/// The columns of a markets file that do not have one of the usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketColumns(Vec<(String, String)>);

impl FromStr for MarketColumns {
    type Err = String;

    /// Parses `ticker=name,result=outcome`.
    fn from_str(text: &str) -> Result<MarketColumns, String> {
        let keys: Vec<&str> = FACTS.iter().chain([&SETTLED]).map(|(key, _)| *key).collect();
        let found = pairs(text, &keys).map_err(|problem| format!("`--markets-columns`: {problem}"))?;
        let column = |(key, value)| match value {
            ColumnSource::Column(name) => Ok((key, name)),
            _ => Err(format!("`--markets-columns`: `{key}` needs a column, neither a constant nor `1-…`")),
        };
        found.into_iter().map(column).collect::<Result<_, _>>().map(MarketColumns)
    }
}

impl fmt::Display for MarketColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.0.iter().map(|(key, name)| format!("{key}={name}")).collect();
        f.write_str(&columns.join(","))
    }
}

impl MarketColumns {
    /// Returns true if no column is stated.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names of the columns of a fact: the mapped one, else the usual ones.
    pub(super) fn names<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        let mapped = self.0.iter().find(|(other, _)| other == key).map(|(_, name)| name.as_str());
        let usual = FACTS.iter().chain([&SETTLED]).find(|(other, _)| *other == key).map_or(&[][..], |(_, names)| names);
        mapped.into_iter().chain(usual.iter().copied().filter(move |_| mapped.is_none()))
    }
}
