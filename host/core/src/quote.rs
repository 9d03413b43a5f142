//! Top-of-book quotes: as the columns of the strategy contract ([`Quotes`]), and as one row in integer money
//! ([`Quote`]).
//!
//! Columns are copied into a strategy in bulk. A row is converted to integer money only where the engine acts on it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::{Price, Qty};
use crate::time::Timestamp;

/// The top of book of one market at one time. An empty side is `None`, never a default value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The market.
    pub market: MarketId,
    /// Time at which the quote was observed.
    pub time: Timestamp,
    /// Best bid.
    pub bid: Option<Price>,
    /// Best ask.
    pub ask: Option<Price>,
    /// Contracts at the bid.
    pub bid_size: Option<Qty>,
    /// Contracts at the ask.
    pub ask_size: Option<Qty>,
    /// Price of the last trade.
    pub last: Option<Price>,
    /// Contracts traded in the last 24 hours.
    pub volume: Option<Qty>,
}

impl Quote {
    /// Returns the quote of a market without a book.
    pub const fn empty(market: MarketId, time: Timestamp) -> Quote {
        Quote { market, time, bid: None, ask: None, bid_size: None, ask_size: None, last: None, volume: None }
    }

    /// Returns twice the mid price in 1/10,000 dollar, so that half ticks stay exact, or `None` unless both sides are
    /// present.
    pub fn mid_doubled(&self) -> Option<i32> {
        Some(self.bid?.0 + self.ask?.0)
    }

    /// Returns the mid price in dollars, or `None` unless both sides are present.
    pub fn mid_dollars(&self) -> Option<f64> {
        self.mid_doubled().map(|doubled| f64::from(doubled) / 20_000.0)
    }

    /// Returns ask less bid, negative if the book is crossed, or `None` unless both sides are present.
    pub fn spread(&self) -> Option<Price> {
        Some(self.ask? - self.bid?)
    }
}

/// Quotes in time order, as columns of equal length in the form that the contract gives strategies: prices in dollars,
/// sizes in contracts, NaN for absent.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns are those of the contract, wit/strategy.wit")]
pub struct Quotes {
    pub market: Vec<u32>,
    pub time: Vec<i64>,
    pub bid: Vec<f64>,
    pub ask: Vec<f64>,
    pub bid_size: Vec<f64>,
    pub ask_size: Vec<f64>,
    pub last: Vec<f64>,
    pub volume: Vec<f64>,
}

/// A borrowed range of rows of [`Quotes`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the columns are those of the contract, wit/strategy.wit")]
pub struct QuotesView<'a> {
    pub market: &'a [u32],
    pub time: &'a [i64],
    pub bid: &'a [f64],
    pub ask: &'a [f64],
    pub bid_size: &'a [f64],
    pub ask_size: &'a [f64],
    pub last: &'a [f64],
    pub volume: &'a [f64],
}

impl Quotes {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.market.len()
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.market.is_empty()
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        let Quotes { market, time, bid, ask, bid_size, ask_size, last, volume } = self;
        market.clear();
        time.clear();
        for column in [bid, ask, bid_size, ask_size, last, volume] {
            column.clear();
        }
    }

    /// Appends a row.
    pub fn push(&mut self, quote: &Quote) {
        let dollars = |price: Option<Price>| price.map_or(f64::NAN, Price::dollars);
        let contracts = |qty: Option<Qty>| qty.map_or(f64::NAN, Qty::as_contracts);
        self.market.push(quote.market.0);
        self.time.push(quote.time.0);
        self.bid.push(dollars(quote.bid));
        self.ask.push(dollars(quote.ask));
        self.bid_size.push(contracts(quote.bid_size));
        self.ask_size.push(contracts(quote.ask_size));
        self.last.push(dollars(quote.last));
        self.volume.push(contracts(quote.volume));
    }

    /// Appends all of `rows`.
    pub fn append(&mut self, rows: QuotesView<'_>) {
        self.market.extend_from_slice(rows.market);
        self.time.extend_from_slice(rows.time);
        self.bid.extend_from_slice(rows.bid);
        self.ask.extend_from_slice(rows.ask);
        self.bid_size.extend_from_slice(rows.bid_size);
        self.ask_size.extend_from_slice(rows.ask_size);
        self.last.extend_from_slice(rows.last);
        self.volume.extend_from_slice(rows.volume);
    }

    /// Returns the rows of `range`, borrowed.
    pub fn view(&self, range: Range<usize>) -> QuotesView<'_> {
        self.all().slice(range)
    }

    /// Returns all rows, borrowed.
    pub fn all(&self) -> QuotesView<'_> {
        QuotesView {
            market: &self.market,
            time: &self.time,
            bid: &self.bid,
            ask: &self.ask,
            bid_size: &self.bid_size,
            ask_size: &self.ask_size,
            last: &self.last,
            volume: &self.volume,
        }
    }

    /// Returns the end of the poll that starts at `row`, exclusive. A poll is a run of rows with the same time.
    pub fn poll_end(&self, row: usize) -> usize {
        self.all().poll_end(row)
    }
}

impl<'a> QuotesView<'a> {
    /// Returns the rows of `range`, counted within this view.
    pub fn slice(&self, range: Range<usize>) -> QuotesView<'a> {
        QuotesView {
            market: &self.market[range.clone()],
            time: &self.time[range.clone()],
            bid: &self.bid[range.clone()],
            ask: &self.ask[range.clone()],
            bid_size: &self.bid_size[range.clone()],
            ask_size: &self.ask_size[range.clone()],
            last: &self.last[range.clone()],
            volume: &self.volume[range],
        }
    }

    /// Returns the end of the poll that starts at `row`, exclusive. A poll is a run of rows with the same time.
    pub fn poll_end(&self, row: usize) -> usize {
        let time = self.time[row];
        row + self.time[row..].iter().take_while(|&&other| other == time).count()
    }

    /// Returns the first row of the poll that `row` belongs to.
    pub fn poll_start(&self, row: usize) -> usize {
        let time = self.time[row];
        row - self.time[..row].iter().rev().take_while(|&&other| other == time).count()
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.market.len()
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.market.is_empty()
    }

    /// Returns row `row` in integer money.
    #[inline]
    pub fn row(&self, row: usize) -> Quote {
        Quote {
            market: MarketId(self.market[row]),
            time: Timestamp(self.time[row]),
            bid: price(self.bid[row]),
            ask: price(self.ask[row]),
            bid_size: quantity(self.bid_size[row]),
            ask_size: quantity(self.ask_size[row]),
            last: price(self.last[row]),
            volume: quantity(self.volume[row]),
        }
    }
}

/// Converts a price. A price of exactly 0 or 1 stands for an empty side and is absent, as is anything that is not a
/// price.
pub(crate) fn price(dollars: f64) -> Option<Price> {
    Price::from_dollars(dollars).filter(|&price| Price::ZERO < price && price < Price::ONE)
}

/// Converts a number of contracts; absent unless it is a non-negative number.
pub(crate) fn quantity(contracts: f64) -> Option<Qty> {
    Qty::from_contracts(contracts).filter(|&qty| qty >= Qty::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(time: i64, bid: Option<i32>) -> Quote {
        Quote {
            market: MarketId(7),
            time: Timestamp(time),
            bid: bid.map(Price),
            ask: Some(Price(4_400)),
            bid_size: Some(Qty::hundredths(150)),
            ask_size: None,
            last: None,
            volume: Some(Qty::contracts(1_000)),
        }
    }

    #[test]
    fn a_row_round_trips_through_columns() {
        let mut quotes = Quotes::default();
        for original in [quote(1, Some(4_205)), quote(1, None)] {
            quotes.push(&original);
            assert_eq!(quotes.all().row(quotes.len() - 1), original);
        }
    }

    #[test]
    fn an_empty_side_is_absent() {
        for empty in [0.0, 1.0, f64::NAN, -0.2, 1.3] {
            assert_eq!(price(empty), None, "{empty}");
        }
    }

    #[test]
    fn a_poll_is_a_run_of_rows_with_one_time() {
        let mut quotes = Quotes::default();
        for time in [5, 5, 6] {
            quotes.push(&quote(time, None));
        }
        assert_eq!((quotes.poll_end(0), quotes.poll_end(2)), (2, 3));
    }
}
