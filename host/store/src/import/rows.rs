//! Converts CSV records to rows of a tape.

use std::collections::HashMap;

use csv::ByteRecord;
use host_core::{MarketId, Price, Timestamp, names};

use super::columns::{ColumnMapping, Text};
use super::csv_file::{CsvFile, field};
use super::error::ImportError;
use super::numbers::{PriceUnit, read_size};
use super::price_steps::SeenSteps;
use super::sort::ImportedRow;
use super::time::{TimeParser, Zone};

/// A market as its rows describe it.
#[derive(Clone, Debug)]
pub(super) struct SeenMarket {
    pub(super) ticker: String,
    pub(super) event: Option<String>,
    pub(super) series: Option<String>,
    pub(super) category: Option<String>,
    /// The price steps that its rows show.
    pub(super) steps: SeenSteps,
    /// Time of its first row.
    first: Timestamp,
}

/// The markets seen so far, by id: until all are known, ids are given in the order of first appearance.
#[derive(Debug, Default)]
pub(super) struct SeenMarkets {
    markets: Vec<SeenMarket>,
    ids: HashMap<String, MarketId>,
    latest: Option<MarketId>,
}

/// Reads the rows of one file.
pub(super) struct RowReader {
    time: usize,
    market: FieldSource,
    prices: [Option<usize>; 3],
    sizes: [Option<usize>; 3],
    facts: [Option<FieldSource>; 3],
    unit: PriceUnit,
    pub(super) clock: TimeParser,
}

enum FieldSource {
    /// A column, by its place and its name.
    Field(usize, String),
    Constant(String),
}

impl FieldSource {
    fn find(source: &CsvFile, text: &Text) -> Result<FieldSource, ImportError> {
        Ok(match text {
            Text::Column(name) => FieldSource::Field(source.column(name)?, name.clone()),
            Text::Constant(text) => FieldSource::Constant(text.clone()),
        })
    }

    fn text<'a>(&'a self, record: &'a ByteRecord) -> Result<&'a str, String> {
        match self {
            FieldSource::Field(column, _) => field(record, *column),
            FieldSource::Constant(text) => Ok(text),
        }
    }

    /// Returns `text`, which is that of this source, if it can be the name of a market, an event, a series or a
    /// category.
    fn name(&self, text: &str) -> Result<String, String> {
        match (names::market_problem(text), self) {
            (None, _) => Ok(text.to_owned()),
            (Some(problem), FieldSource::Field(_, name)) => Err(format!("column `{name}`: {problem}")),
            (Some(problem), FieldSource::Constant(_)) => Err(format!("`--columns`: {problem}")),
        }
    }
}

impl RowReader {
    /// Finds the mapped columns in the header of `source`.
    pub(super) fn new(
        source: &CsvFile,
        columns: &ColumnMapping,
        unit: PriceUnit,
        zone: Zone,
    ) -> Result<RowReader, ImportError> {
        let number = |name: &Option<String>| name.as_ref().map(|name| source.column(name)).transpose();
        let text = |text: &Option<Text>| text.as_ref().map(|text| FieldSource::find(source, text)).transpose();
        Ok(RowReader {
            time: source.column(&columns.time)?,
            market: FieldSource::find(source, &columns.market)?,
            prices: [Some(source.column(&columns.bid)?), Some(source.column(&columns.ask)?), number(&columns.last)?],
            sizes: [number(&columns.bid_size)?, number(&columns.ask_size)?, number(&columns.volume)?],
            facts: [text(&columns.event)?, text(&columns.series)?, text(&columns.category)?],
            unit,
            clock: TimeParser::new(zone),
        })
    }

    /// Converts `record` to a row, or returns a description of the problem.
    pub(super) fn read(&mut self, record: &ByteRecord, names: &mut SeenMarkets) -> Result<ImportedRow, String> {
        let time = self.clock.read(field(record, self.time)?)?;
        let mut prices = [f64::NAN; 3];
        for (price, column) in prices.iter_mut().zip(self.prices) {
            if let Some(column) = column {
                *price = self.unit.read(field(record, column)?)?;
            }
        }
        let mut sizes = [f64::NAN; 3];
        for (size, column) in sizes.iter_mut().zip(self.sizes) {
            if let Some(column) = column {
                *size = read_size(field(record, column)?)?;
            }
        }
        let ticker = self.market.text(record)?;
        if ticker.is_empty() {
            return Err("it names no market".into());
        }
        let market = match names.known(ticker) {
            Some(market) => market,
            None => names.add(self.market.name(ticker)?, &self.facts, record)?,
        };
        names.markets[market.index()].note(time, prices);
        let [bid, ask, last] = prices;
        let [bid_size, ask_size, volume] = sizes;
        Ok(ImportedRow { market, time, values: [bid, ask, bid_size, ask_size, last, volume] })
    }
}

impl SeenMarkets {
    fn known(&mut self, ticker: &str) -> Option<MarketId> {
        if let Some(latest) = self.latest
            && self.markets[latest.index()].ticker == ticker
        {
            return self.latest;
        }
        self.latest = self.ids.get(ticker).copied();
        self.latest
    }

    fn add(
        &mut self,
        ticker: String,
        facts: &[Option<FieldSource>; 3],
        record: &ByteRecord,
    ) -> Result<MarketId, String> {
        let id = MarketId(u32::try_from(self.markets.len()).map_err(|_| "there are too many markets")?);
        let fact = |place: &Option<FieldSource>| {
            let text = place.as_ref().map(|place| place.name(place.text(record)?)).transpose()?;
            Ok::<_, String>(text.filter(|text| !text.is_empty()))
        };
        let [event, series, category] = facts;
        let named = SeenMarket {
            ticker: ticker.clone(),
            event: fact(event)?,
            series: fact(series)?,
            category: fact(category)?,
            steps: SeenSteps::NONE,
            first: Timestamp(i64::MAX),
        };
        self.markets.push(named);
        self.ids.insert(ticker, id);
        Ok(id)
    }

    /// Returns the markets in the order of their numbers in the tape, and each one's number by its id here. Those
    /// whose rows begin at one time are numbered by ticker.
    pub(super) fn numbered(self) -> (Vec<SeenMarket>, Vec<MarketId>) {
        let mut order: Vec<(MarketId, SeenMarket)> = (0..).map(MarketId).zip(self.markets).collect();
        order.sort_by(|(_, a), (_, b)| (a.first, &a.ticker).cmp(&(b.first, &b.ticker)));
        let mut numbers = vec![MarketId::default(); order.len()];
        for ((id, _), number) in order.iter().zip(0..) {
            numbers[id.index()] = MarketId(number);
        }
        (order.into_iter().map(|(_, market)| market).collect(), numbers)
    }
}

impl SeenMarket {
    fn note(&mut self, time: Timestamp, prices: [f64; 3]) {
        self.first = self.first.min(time);
        prices.into_iter().filter_map(Price::from_dollars).for_each(|price| self.steps.note(price));
    }
}
