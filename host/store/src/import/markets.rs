//! Reads facts about markets that are not in their rows, such as category, dates and results, from a CSV or JSON file
//! (`--markets`).

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use csv::ByteRecord;
use host_core::{Market, MarketId, Outcome, Price, Ticks, Timestamp, names};
use host_system::capped;
use serde_json::Value;

use super::columns::{Text, pairs};
use super::csv_file::{CsvFile, field};
use super::error::ImportError;
use super::price_steps;
use super::rows::SeenMarket;
use super::time::{TimeParser, Zone};

/// The facts that a file may contain, each with the names that venues use for it.
const FACTS: [(&str, &[&str]); 12] = [
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
    ("result", &["result", "derived_result"]),
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
            Text::Column(name) => Ok((key, name)),
            Text::Constant(_) => Err(format!("`--markets-columns`: `{key}` needs a column, not a constant in quotes")),
        };
        found.into_iter().map(column).collect::<Result<_, _>>().map(MarketColumns)
    }
}

/// The facts about one market.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    event: Option<String>,
    series: Option<String>,
    category: Option<String>,
    title: Option<String>,
    /// The price steps that the file states.
    ticks: Option<Ticks>,
    opens: Option<Timestamp>,
    closes: Option<Timestamp>,
    event_time: Option<Timestamp>,
    pub(super) outcome: Option<Outcome>,
    pub(super) settled: Option<Timestamp>,
}

/// Facts by ticker.
pub(super) type AllFacts = BTreeMap<String, Facts>;

/// Reads the facts in `path`: CSV with a header, or JSON with an object or a list of objects.
pub(super) fn read(path: &Path, columns: &MarketColumns, zone: Zone) -> Result<AllFacts, ImportError> {
    let bytes = capped::read(path, capped::RESULTS)
        .map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })?;
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => read_json(path, &bytes, columns, zone),
        _ => read_csv(path, columns, zone),
    }
}

fn read_csv(path: &Path, columns: &MarketColumns, zone: Zone) -> Result<AllFacts, ImportError> {
    let mut source = CsvFile::open(path)?;
    let ticker = columns.names("ticker").find_map(|name| source.find(name));
    let Some(ticker) = ticker else {
        source.column(columns.names("ticker").next().unwrap_or("ticker"))?;
        return Err(ImportError::Empty { path: path.to_owned() });
    };
    let mut all = AllFacts::new();
    let mut record = ByteRecord::new();
    while source.next(&mut record)? {
        let bad = |problem| ImportError::BadMarkets {
            path: path.to_owned(),
            place: format!(", line {}", record.position().map_or(0, csv::Position::line)),
            problem,
        };
        let value = |key: &str| {
            let column = columns.names(key).find_map(|name| source.find(name));
            column.map(|column| field(&record, column).map(str::to_owned)).transpose()
        };
        let name = field(&record, ticker).map_err(bad)?.to_owned();
        all.insert(name, Facts::read(value, zone).map_err(bad)?);
    }
    Ok(all)
}

fn read_json(path: &Path, bytes: &[u8], columns: &MarketColumns, zone: Zone) -> Result<AllFacts, ImportError> {
    let bad = |place: String, problem: String| ImportError::BadMarkets { path: path.to_owned(), place, problem };
    let content: Value = serde_json::from_slice(bytes).map_err(|error| bad(String::new(), error.to_string()))?;
    let markets = match content {
        Value::Array(markets) => markets,
        Value::Object(mut object) => match object.remove("markets") {
            Some(Value::Array(markets)) => markets,
            _ => vec![Value::Object(object)],
        },
        _ => return Err(bad(String::new(), "an object or a list of objects is expected".into())),
    };
    let mut all = AllFacts::new();
    for (index, market) in markets.iter().enumerate() {
        let value = |key: &str| {
            Ok(columns.names(key).find_map(|name| match market.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Null) | None => None,
                Some(other) => Some(other.to_string()),
            }))
        };
        let place = || format!(", market {index}");
        let name = value("ticker").map_err(|problem| bad(place(), problem))?;
        let names = || columns.names("ticker").collect::<Vec<_>>().join("`, `");
        let name = name.ok_or_else(|| bad(place(), format!("it has no ticker: none of `{}`", names())))?;
        all.insert(name, Facts::read(value, zone).map_err(|problem| bad(place(), problem))?);
    }
    Ok(all)
}

impl MarketColumns {
    /// Returns the names of the columns of a fact: the mapped one, else the usual ones.
    fn names<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        let mapped = self.0.iter().find(|(other, _)| other == key).map(|(_, name)| name.as_str());
        let usual = FACTS.iter().chain([&SETTLED]).find(|(other, _)| *other == key).map_or(&[][..], |(_, names)| names);
        mapped.into_iter().chain(usual.iter().copied().filter(move |_| mapped.is_none()))
    }
}

impl Facts {
    fn read(value: impl Fn(&str) -> Result<Option<String>, String>, zone: Zone) -> Result<Facts, String> {
        let text = |key: &str| Ok::<_, String>(value(key)?.filter(|text| !text.is_empty()));
        let name = |key: &str| {
            let name = text(key)?;
            match name.as_deref().and_then(names::market_problem) {
                Some(problem) => Err(format!("column `{key}`: {problem}")),
                None => Ok(name),
            }
        };
        name("ticker")?;
        let time = |key: &str| {
            let read = |text: String| TimeParser::new(zone).read(&text).map_err(|problem| format!("{key}: {problem}"));
            text(key)?.map(read).transpose()
        };
        let tick = |text: String| {
            let tick = text.parse().ok().and_then(Price::from_dollars).filter(|&tick| tick > Price::ZERO);
            tick.ok_or_else(|| format!("tick: `{text}` is no price step in dollars"))
        };
        let outcome = |text: String| match text.to_lowercase().as_str() {
            "yes" | "true" | "1" | "1.0" => Ok(Outcome::Yes),
            "no" | "false" | "0" | "0.0" => Ok(Outcome::No),
            _ => Err(format!("result: `{text}` is neither `yes` nor `no`")),
        };
        let stated = text("tick")?.map(tick).transpose()?.map(Ticks::every);
        let structure = text("price_structure")?.and_then(|name| price_steps::of_structure(&name));
        let ranges = text("price_ranges")?.map(|text| price_steps::read_ranges(&text)).transpose()?.flatten();
        let ticks = ranges.or(structure).or(stated);
        Ok(Facts {
            event: name("event")?,
            series: name("series")?,
            category: name("category")?,
            title: text("title")?,
            ticks,
            opens: time("opens")?,
            closes: time("closes")?,
            event_time: time("event_time")?,
            outcome: text("result")?.map(outcome).transpose()?,
            settled: time("settle_time")?,
        })
    }
}

impl Facts {
    /// Returns true if the file states the market's price steps.
    pub(super) fn states_ticks(&self) -> bool {
        self.ticks.is_some()
    }
}

/// Returns a market made of its facts and its rows. Facts take precedence.
pub(super) fn market(id: MarketId, named: &SeenMarket, facts: &Facts) -> Market {
    let ticker = &named.ticker;
    let first_of = |facts: &Option<String>, rows: &Option<String>| facts.clone().or_else(|| rows.clone());
    let event = first_of(&facts.event, &named.event);
    let series = first_of(&facts.series, &named.series);
    let event_of_ticker = ticker.rsplit_once('-').map_or(ticker.as_str(), |(event, _)| event);
    let series_of_ticker = ticker.split('-').next().unwrap_or(ticker);
    Market {
        id,
        ticker: ticker.clone(),
        event: event.unwrap_or_else(|| event_of_ticker.to_owned()),
        series: series.unwrap_or_else(|| series_of_ticker.to_owned()),
        category: first_of(&facts.category, &named.category).unwrap_or_default(),
        title: facts.title.clone().unwrap_or_default(),
        ticks: facts.ticks.clone().unwrap_or_else(|| named.steps.ticks()),
        opens: facts.opens,
        closes: facts.closes,
        event_time: facts.event_time,
    }
}
