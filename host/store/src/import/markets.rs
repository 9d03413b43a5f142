//! Reads facts about markets that are not in their rows, such as category, dates and results, from a CSV or JSON file
//! (`--markets`).

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use host_core::{Market, MarketId, Outcome, Price, Ticks, Timestamp, names};
use host_system::capped;
use serde_json::Value;

use super::error::ImportError;
use super::fields::field;
use super::market_columns::MarketColumns;
use super::price_steps;
use super::results::{self, Found};
use super::seen_markets::SeenMarket;
use super::table::{self, ForeignTable};
use super::time::{self, Direction, FileClock, TimeFormat};
use crate::suggest::sentence_end;
use crate::zone::Zone;

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
    pub(super) closes: Option<Timestamp>,
    event_time: Option<Timestamp>,
    pub(super) outcome: Option<Outcome>,
    pub(super) settled: Option<Timestamp>,
}

/// The facts about all markets of a file.
#[derive(Debug, Default)]
pub(super) struct AllFacts {
    pub(super) by_ticker: BTreeMap<String, Facts>,
    /// Sentences about results that are left out.
    pub(super) notes: Vec<String>,
}

/// Reads one file of facts.
struct FactsReader<'a> {
    path: &'a Path,
    columns: &'a MarketColumns,
    zone: Zone,
    skip: bool,
    all: AllFacts,
    /// The place of each ticker.
    places: BTreeMap<String, String>,
}

/// Reads the facts in `path`: JSON with an object or a list of objects, or any table. With `skip`, results that cannot
/// be understood or contradict one another are left out and noted.
pub(super) fn read(path: &Path, columns: &MarketColumns, zone: Zone, skip: bool) -> Result<AllFacts, ImportError> {
    let mut reader = FactsReader { path, columns, zone, skip, all: AllFacts::default(), places: BTreeMap::new() };
    let content = table::content(path, capped::RESULTS)?;
    match content.trim_ascii_start().first() {
        Some(b'{' | b'[') if !is_lines(&content) => reader.json(&content)?,
        _ => reader.table()?,
    }
    Ok(reader.all)
}

/// Returns true for JSON with more than one value.
fn is_lines(content: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(content).into_iter::<serde::de::IgnoredAny>();
    values.next().is_some_and(|value| value.is_ok()) && values.next().is_some()
}

impl FactsReader<'_> {
    fn table(&mut self) -> Result<(), ImportError> {
        let source = ForeignTable::open(self.path, false)?;
        let find =
            |key: &str| self.columns.names(key).find_map(|name| source.header.iter().position(|other| other == name));
        let Some(ticker) = find("ticker") else {
            let column = self.columns.names("ticker").next().unwrap_or("ticker").to_owned();
            let hint = sentence_end(&column, source.header.iter().map(String::as_str));
            let known = source.header.join(", ");
            return Err(ImportError::MissingColumn { path: self.path.to_owned(), column, hint, known });
        };
        let word = source.place_word();
        source.rows(&|_| {}, &mut |row| {
            let place = format!(", {word} {}", (row.place)());
            let read = |column: usize| field(row.fields, column).map(str::to_owned);
            let value = |key: &str| find(key).map(read).transpose();
            let name = read(ticker).map_err(|problem| self.bad(&place, problem))?;
            let facts = match row.problem {
                Some(problem) => Err(self.bad(&place, problem)),
                None => self.facts(value, &name, &place),
            }?;
            self.insert(name, facts, place)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    fn json(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        let content: Value = serde_json::from_slice(bytes).map_err(|error| self.bad("", error.to_string()))?;
        let markets = match content {
            Value::Array(markets) => markets,
            Value::Object(mut object) => match object.remove("markets") {
                Some(Value::Array(markets)) => markets,
                _ => vec![Value::Object(object)],
            },
            _ => return Err(self.bad("", "an object or a list of objects is expected".into())),
        };
        for (index, market) in markets.iter().enumerate() {
            let columns = self.columns;
            let value = |key: &str| {
                Ok(columns.names(key).find_map(|name| match market.get(name) {
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(Value::Null) | None => None,
                    Some(other) => Some(other.to_string()),
                }))
            };
            let place = format!(", market {index}");
            let name = value("ticker").map_err(|problem: String| self.bad(&place, problem))?;
            let names = || columns.names("ticker").collect::<Vec<_>>().join("`, `");
            let name = name.ok_or_else(|| self.bad(&place, format!("it has no ticker: none of `{}`", names())))?;
            let facts = self.facts(value, &name, &place)?;
            self.insert(name, facts, place)?;
        }
        Ok(())
    }

    fn bad(&self, place: &str, problem: String) -> ImportError {
        ImportError::BadMarkets { path: self.path.to_owned(), place: place.to_owned(), problem }
    }

    fn facts(
        &mut self,
        value: impl Fn(&str) -> Result<Option<String>, String>,
        ticker: &str,
        place: &str,
    ) -> Result<Facts, ImportError> {
        let mut facts = Facts::read(&value, self.zone).map_err(|problem| self.bad(place, problem))?;
        match results::read(&value) {
            Ok(Found::Final(outcome)) => facts.outcome = Some(outcome),
            Ok(Found::Open) => {}
            Ok(Found::Void) => {
                self.all.notes.push(format!("`{ticker}` is void and no payout is stated: it has no result"));
            }
            Err(problem) if self.skip => {
                self.all.notes.push(format!("`{ticker}` has no result: {problem}"));
            }
            Err(problem) => {
                let cure = "correct it, or leave the result out by `--skip-bad-rows`";
                return Err(self.bad(place, format!("{problem}: {cure}")));
            }
        }
        Ok(facts)
    }

    /// Adds the facts about `ticker`. Of two results of one market, none is known to be right.
    fn insert(&mut self, ticker: String, mut facts: Facts, place: String) -> Result<(), ImportError> {
        if let (Some(known), Some(earlier)) = (self.all.by_ticker.get(&ticker), self.places.get(&ticker))
            && let (Some(one), Some(other)) = (known.outcome, facts.outcome)
            && one != other
        {
            let (one, other) = (one.payout().dollars(), other.payout().dollars());
            let problem = format!("`{ticker}` pays {other} here, and {one} in{}", earlier.trim_start_matches(','));
            if !self.skip {
                return Err(self.bad(&place, format!("{problem}: keep one of them, or say `--skip-bad-rows`")));
            }
            self.all.notes.push(format!("`{ticker}` has no result: {problem}"));
            facts.outcome = None;
        }
        self.places.insert(ticker.clone(), place);
        self.all.by_ticker.insert(ticker, facts);
        Ok(())
    }
}

impl Facts {
    fn read(value: &impl Fn(&str) -> Result<Option<String>, String>, zone: Zone) -> Result<Facts, String> {
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
            let read = |text: String| {
                let moment = time::parse(&text, &TimeFormat::Any)?;
                FileClock::new(zone, Direction::OldestFirst).time(moment, MarketId(0))
            };
            // Some venues write the year 1 for a time that is not known.
            let known = text(key)?.filter(|text| !text.starts_with("0001-01-01"));
            known.map(|text| read(text).map_err(|problem| format!("{key}: {problem}"))).transpose()
        };
        let tick = |text: String| {
            let tick = text.parse().ok().and_then(Price::from_dollars).filter(|&tick| tick > Price::ZERO);
            tick.ok_or_else(|| format!("tick: `{text}` is no price step in dollars"))
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
            outcome: None,
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
