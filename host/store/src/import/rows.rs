//! From a record of text to a row of a tape.

use std::collections::HashMap;

use csv::ByteRecord;
use host_core::{MarketId, Price};

use super::clock::{Clock, Zone};
use super::columns::{Columns, Text};
use super::sort::Row;
use super::source::{Source, field};
use super::{ImportError, PriceUnit};

/// A market as the rows name it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) ticker: String,
    pub(super) event: Option<String>,
    pub(super) series: Option<String>,
    pub(super) category: Option<String>,
    /// The smallest power of ten, in 1/10,000 dollar, that divides all prices seen; at most a cent.
    pub(super) tick: Price,
}

/// The markets that were seen, by id, which is the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) markets: Vec<Named>,
    ids: HashMap<String, MarketId>,
    latest: Option<MarketId>,
}

/// Where the parts of a row are in the records of one file.
pub(super) struct RowReader {
    time: usize,
    market: Place,
    prices: [Option<usize>; 3],
    sizes: [Option<usize>; 3],
    facts: [Option<Place>; 3],
    unit: PriceUnit,
    pub(super) clock: Clock,
}

enum Place {
    Field(usize),
    Constant(String),
}

impl Place {
    fn find(source: &Source, text: &Text) -> Result<Place, ImportError> {
        Ok(match text {
            Text::Column(name) => Place::Field(source.column(name)?),
            Text::Constant(text) => Place::Constant(text.clone()),
        })
    }

    fn text<'a>(&'a self, record: &'a ByteRecord) -> Result<&'a str, String> {
        match self {
            Place::Field(column) => field(record, *column),
            Place::Constant(text) => Ok(text),
        }
    }
}

impl RowReader {
    /// Finds the columns in the header of `source`.
    pub(super) fn new(
        source: &Source,
        columns: &Columns,
        unit: PriceUnit,
        zone: Zone,
    ) -> Result<RowReader, ImportError> {
        let number = |name: &Option<String>| name.as_ref().map(|name| source.column(name)).transpose();
        let text = |text: &Option<Text>| text.as_ref().map(|text| Place::find(source, text)).transpose();
        Ok(RowReader {
            time: source.column(&columns.time)?,
            market: Place::find(source, &columns.market)?,
            prices: [Some(source.column(&columns.bid)?), Some(source.column(&columns.ask)?), number(&columns.last)?],
            sizes: [number(&columns.bid_size)?, number(&columns.ask_size)?, number(&columns.volume)?],
            facts: [text(&columns.event)?, text(&columns.series)?, text(&columns.category)?],
            unit,
            clock: Clock::new(zone),
        })
    }

    /// The row that `record` says; what is wrong with it otherwise.
    pub(super) fn read(&mut self, record: &ByteRecord, names: &mut Names) -> Result<Row, String> {
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
            None => names.add(ticker, &self.facts, record)?,
        };
        names.markets[market.index()].note_tick(prices);
        let [bid, ask, last] = prices;
        let [bid_size, ask_size, volume] = sizes;
        Ok(Row { market, time, values: [bid, ask, bid_size, ask_size, last, volume] })
    }
}

impl Names {
    fn known(&mut self, ticker: &str) -> Option<MarketId> {
        if let Some(latest) = self.latest
            && self.markets[latest.index()].ticker == ticker
        {
            return self.latest;
        }
        self.latest = self.ids.get(ticker).copied();
        self.latest
    }

    fn add(&mut self, ticker: &str, facts: &[Option<Place>; 3], record: &ByteRecord) -> Result<MarketId, String> {
        let id = MarketId(u32::try_from(self.markets.len()).map_err(|_| "there are too many markets")?);
        let fact = |place: &Option<Place>| {
            let text = place.as_ref().map(|place| place.text(record)).transpose()?;
            Ok::<_, String>(text.filter(|text| !text.is_empty()).map(str::to_owned))
        };
        let [event, series, category] = facts;
        let named = Named {
            ticker: ticker.to_owned(),
            event: fact(event)?,
            series: fact(series)?,
            category: fact(category)?,
            tick: Price(100),
        };
        self.markets.push(named);
        self.ids.insert(ticker.to_owned(), id);
        Ok(id)
    }
}

impl Named {
    fn note_tick(&mut self, prices: [f64; 3]) {
        for price in prices.into_iter().filter_map(Price::from_dollars) {
            while price.0 % self.tick.0 != 0 {
                self.tick.0 /= 10;
            }
        }
    }
}

impl PriceUnit {
    /// A price in dollars on the 1/10,000 grid, so that tape and engine agree to the last bit; NaN for an empty side: nothing,
    /// 0 or 1.
    fn read(self, text: &str) -> Result<f64, String> {
        if is_absent(text) {
            return Ok(f64::NAN);
        }
        let number: f64 = text.parse().map_err(|_| format!("`{text}` is no price"))?;
        let dollars = match self {
            PriceUnit::Dollars => number,
            PriceUnit::Cents => number / 100.0,
        };
        match Price::from_dollars(dollars) {
            Some(Price::ZERO | Price::ONE) => Ok(f64::NAN),
            Some(price) => Ok(price.dollars()),
            None if self == PriceUnit::Dollars && (1.0..=100.0).contains(&number) => {
                Err(format!("price {text} is more than a dollar; if prices are in cents, say `--price-unit cents`"))
            }
            None if self == PriceUnit::Cents => Err(format!("price {text} is not within 0..100 cents")),
            None => Err(format!("price {text} is not within 0..1 dollars")),
        }
    }
}

fn read_size(text: &str) -> Result<f64, String> {
    if is_absent(text) {
        return Ok(f64::NAN);
    }
    match text.parse::<f64>() {
        Ok(size) if (0.0..=1e10).contains(&size) => Ok(size),
        _ => Err(format!("`{text}` is no size: a number of contracts, 0 or more, is expected")),
    }
}

fn is_absent(text: &str) -> bool {
    text.is_empty() || ["nan", "null", "none"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
