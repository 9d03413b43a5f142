//! Converts the rows of a foreign file to rows of a tape.

use csv::ByteRecord;
use host_core::{MarketId, Price, Timestamp, names};

use super::fields::field;
use super::guess::{NameField, PriceField, Reading, UsedColumns};
use super::numbers::{Numbers, PriceUnit};
use super::options::{CandleTime, ImportOptions, RowKind};
use super::seen_markets::SeenMarkets;
use super::sort::ImportedRow;
use super::time::{self, Direction, FileClock, Moment, TimeFormat};

/// Reads the rows of one file.
pub(super) struct RowReader {
    columns: UsedColumns,
    kind: RowKind,
    width: usize,
    format: TimeFormat,
    direction: Direction,
    /// Half the spread around a price, if one is assumed, and the spread.
    spread: Option<(i32, i32)>,
    /// Nanoseconds from a row's time to the time at which it is known.
    delay_ns: i64,
    pub(super) numbers: Numbers,
    pub(super) clock: FileClock,
    /// The time that was parsed last: the rows of a poll have the same.
    latest: Option<(Vec<u8>, Moment)>,
}

/// Numbers of a trade's taker in a row's values.
pub(super) const TAKER_BUYS: f64 = 1.0;
pub(super) const TAKER_SELLS: f64 = -1.0;

impl RowReader {
    pub(super) fn new(reading: &Reading, unit: PriceUnit, options: &ImportOptions) -> RowReader {
        RowReader {
            columns: reading.columns.clone(),
            kind: reading.kind,
            width: reading.table.header.len(),
            format: reading.time_format.clone(),
            direction: reading.direction,
            spread: options.spread.filter(|_| reading.kind != RowKind::Trades).map(|spread| (spread.0 / 2, spread.0)),
            delay_ns: match (reading.kind, reading.candle_time) {
                (RowKind::Candles, CandleTime::Start(length)) => length.0,
                _ => 0,
            },
            numbers: Numbers::new(unit, reading.comma, &options.absent),
            clock: FileClock::new(options.zone, reading.direction),
            latest: None,
        }
    }

    /// Converts `record` to rows, which are added to `rows`: one, or in files with a column for each market, one for
    /// each that has a price.
    ///
    /// # Errors
    /// A description of the problem; no row was added then.
    pub(super) fn read(
        &mut self,
        record: &ByteRecord,
        markets: &mut SeenMarkets,
        rows: &mut Vec<ImportedRow>,
    ) -> Result<(), String> {
        if record.len() > self.width && record.iter().skip(self.width).any(|extra| !extra.trim_ascii().is_empty()) {
            return Err(format!("it has {} fields, more than the {} of the header", record.len(), self.width));
        }
        let moment = self.moment(record)?;
        match &self.columns.market {
            Some(_) => rows.push(self.long(record, moment, markets)?),
            None => {
                let before = rows.len();
                let read = self.wide(record, moment, markets, rows);
                read.inspect_err(|_| rows.truncate(before))?;
            }
        }
        Ok(())
    }

    fn moment(&mut self, record: &ByteRecord) -> Result<Moment, String> {
        let text = field(record, self.columns.time)?;
        if let Some((latest, moment)) = &self.latest
            && latest == text.as_bytes()
        {
            return Ok(*moment);
        }
        let moment = time::parse(text, &self.format)?;
        let mut bytes = self.latest.take().map(|(bytes, _)| bytes).unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(text.as_bytes());
        self.latest = Some((bytes, moment));
        Ok(moment)
    }

    fn time(&mut self, moment: Moment, market: MarketId) -> Result<Timestamp, String> {
        let time = self.clock.time(moment, market)?;
        Ok(Timestamp(time.0.saturating_add(self.delay_ns)))
    }

    fn long(&mut self, record: &ByteRecord, moment: Moment, markets: &mut SeenMarkets) -> Result<ImportedRow, String> {
        let mut prices = [f64::NAN; 3];
        for (price, field) in prices.iter_mut().zip(self.columns.prices) {
            if let Some(field) = field {
                *price = price_of(&mut self.numbers, record, field)?;
            }
        }
        if let Some(column) = self.columns.last_before.filter(|_| prices[2].is_nan()) {
            prices[2] = self.numbers.price(field(record, column)?)?;
        }
        let mut sizes = [f64::NAN; 3];
        for (size, column) in sizes.iter_mut().zip(self.columns.sizes) {
            if let Some(column) = column {
                *size = self.numbers.size(field(record, column)?)?;
            }
        }
        let values = match self.kind {
            RowKind::Trades => self.trade(record, prices[2])?,
            _ => self.values(prices, sizes),
        };
        let Some(source) = &self.columns.market else { return Err("it names no market".into()) };
        let ticker = text(source, record)?;
        if ticker.is_empty() {
            return Err("it names no market".into());
        }
        let market = match markets.known(ticker) {
            Some(market) => market,
            None => markets.add(name(source, ticker)?, facts(&self.columns, record)?)?,
        };
        let time = self.time(moment, market)?;
        markets.note(market, time, &values[..if self.kind == RowKind::Trades { 0 } else { 2 }], values[4]);
        Ok(ImportedRow { market, time, reversed: self.direction == Direction::NewestFirst, values })
    }

    fn wide(
        &mut self,
        record: &ByteRecord,
        moment: Moment,
        markets: &mut SeenMarkets,
        rows: &mut Vec<ImportedRow>,
    ) -> Result<(), String> {
        for index in 0..self.columns.wide.len() {
            let places = self.columns.wide[index].prices;
            let mut prices = [f64::NAN; 3];
            let mut has_text = false;
            for (price, place) in prices.iter_mut().zip(places) {
                if let Some(place) = place {
                    let text = field(record, place)?;
                    has_text |= !text.is_empty();
                    *price = self.numbers.price(text).map_err(|problem| format!("column {}: {problem}", place + 1))?;
                }
            }
            if !has_text {
                continue;
            }
            let values = self.values(prices, [f64::NAN; 3]);
            let ticker = &self.columns.wide[index].market;
            let market = match markets.known(ticker) {
                Some(market) => market,
                None => {
                    let problem = names::market_problem(ticker);
                    problem.map_or(Ok(()), |problem| Err(format!("the header: {problem}")))?;
                    markets.add(ticker.clone(), [None, None, None])?
                }
            };
            let time = self.time(moment, market)?;
            markets.note(market, time, &values[..2], values[4]);
            rows.push(ImportedRow { market, time, reversed: self.direction == Direction::NewestFirst, values });
        }
        Ok(())
    }

    /// Returns bid, ask, their sizes, last and volume.
    fn values(&self, [bid, ask, last]: [f64; 3], [bid_size, ask_size, volume]: [f64; 3]) -> [f64; 6] {
        if let (Some((half, spread)), Some(price)) = (self.spread, Price::from_dollars(last))
            && self.columns.prices[0].is_none()
            && bid.is_nan()
            && ask.is_nan()
        {
            let bid = Price(price.0 - half);
            let inside = |price: Price| match price > Price::ZERO && price < Price::ONE {
                true => price.dollars(),
                false => f64::NAN,
            };
            return [inside(bid), inside(Price(bid.0 + spread)), bid_size, ask_size, last, volume];
        }
        // The higher the odds, the lower the price: what bids more odds asks less.
        match self.numbers.unit == PriceUnit::Odds {
            true => [ask, bid, ask_size, bid_size, last, volume],
            false => [bid, ask, bid_size, ask_size, last, volume],
        }
    }

    /// Returns quantity, taker and price at the places of sizes and last.
    fn trade(&mut self, record: &ByteRecord, price: f64) -> Result<[f64; 6], String> {
        let quantity = self.columns.quantity.map(|column| self.numbers.size(field(record, column)?)).transpose()?;
        let quantity = quantity.filter(|quantity| *quantity > 0.0).ok_or("its trade has no quantity")?;
        if price.is_nan() {
            return Err("its trade has no price between 0 and 1".to_owned());
        }
        let taker = self.columns.taker.map(|column| taker(field(record, column)?)).transpose()?.unwrap_or(0.0);
        Ok([f64::NAN, f64::NAN, quantity, taker, price, f64::NAN])
    }
}

fn taker(text: &str) -> Result<f64, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "buy" | "b" | "bid" | "buyer" => Ok(TAKER_BUYS),
        "no" | "sell" | "s" | "ask" | "seller" => Ok(TAKER_SELLS),
        "" | "unknown" | "none" | "null" => Ok(0.0),
        _ => Err(format!("`{text}` is no side of a trade: yes, no, buy or sell is expected")),
    }
}

fn price_of(numbers: &mut Numbers, record: &ByteRecord, source: PriceField) -> Result<f64, String> {
    let price = numbers.price(field(record, source.column)?)?;
    match source.complement {
        true => Ok(Price::from_dollars(price).map_or(f64::NAN, |price| price.complement().dollars())),
        false => Ok(price),
    }
}

fn text<'a>(source: &'a NameField, record: &'a ByteRecord) -> Result<&'a str, String> {
    match source {
        NameField::Column(column, _) => field(record, *column),
        NameField::Constant(text) => Ok(text),
    }
}

/// Returns `text`, which is that of `source`, if it can be the name of a market, an event, a series or a category.
fn name(source: &NameField, text: &str) -> Result<String, String> {
    match (names::market_problem(text), source) {
        (None, _) => Ok(text.to_owned()),
        (Some(problem), NameField::Column(_, name)) => Err(format!("column `{name}`: {problem}")),
        (Some(problem), NameField::Constant(_)) => Err(format!("`--columns`: {problem}")),
    }
}

/// Returns event, series and category.
fn facts(columns: &UsedColumns, record: &ByteRecord) -> Result<[Option<String>; 3], String> {
    let fact = |source: &Option<NameField>| {
        let found = source.as_ref().map(|source| name(source, text(source, record)?)).transpose()?;
        Ok::<_, String>(found.filter(|text| !text.is_empty()))
    };
    let [event, series, category] = &columns.facts;
    Ok([fact(event)?, fact(series)?, fact(category)?])
}
