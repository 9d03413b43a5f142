//! Trades of other people, as a venue publishes them.

use std::ops::Range;

use crate::market::MarketId;
use crate::money::{Price, Qty};
use crate::quote::{price, quantity};
use crate::time::Timestamp;

/// The side of a trade that came to the book; the other side's order was resting in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// Bought YES at the ask.
    Buys,
    /// Sold YES at the bid.
    Sells,
    /// The source does not say.
    Unknown,
}

/// A trade of other people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicTrade {
    /// Its market.
    pub market: MarketId,
    /// The time at which the venue says that it happened.
    pub time: Timestamp,
    /// Price of YES.
    pub price: Price,
    /// Contracts traded.
    pub qty: Qty,
    /// The side that came to the book.
    pub taker: Taker,
}

/// Public trades in time order, as columns of equal length: prices of YES in dollars, quantities in contracts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicTrades {
    /// Market numbers.
    pub market: Vec<u32>,
    /// Times in nanoseconds since 1970, UTC.
    pub time: Vec<i64>,
    /// Prices of YES in dollars, between 0 and 1.
    pub price: Vec<f64>,
    /// Contracts traded, more than 0.
    pub quantity: Vec<f64>,
    /// Sides that came to the book.
    pub taker: Vec<Taker>,
}

impl PublicTrades {
    /// Returns no trades.
    pub const fn none() -> PublicTrades {
        PublicTrades {
            market: Vec::new(),
            time: Vec::new(),
            price: Vec::new(),
            quantity: Vec::new(),
            taker: Vec::new(),
        }
    }

    /// Returns the number of trades.
    pub fn len(&self) -> usize {
        self.market.len()
    }

    /// Returns true if there are no trades.
    pub fn is_empty(&self) -> bool {
        self.market.is_empty()
    }

    /// Returns trade `row` in integer money; `None` if its price or quantity is none.
    pub fn row(&self, row: usize) -> Option<PublicTrade> {
        Some(PublicTrade {
            market: MarketId(self.market[row]),
            time: Timestamp(self.time[row]),
            price: price(self.price[row])?,
            qty: quantity(self.quantity[row])?,
            taker: self.taker[row],
        })
    }

    /// Appends a trade.
    pub fn push(&mut self, trade: &PublicTrade) {
        self.market.push(trade.market.0);
        self.time.push(trade.time.0);
        self.price.push(trade.price.dollars());
        self.quantity.push(trade.qty.as_contracts());
        self.taker.push(trade.taker);
    }

    /// Appends the trades `part` of `other`.
    pub fn append_part(&mut self, other: &PublicTrades, part: Range<usize>) {
        let PublicTrades { market, time, price, quantity, taker } = other;
        self.market.extend_from_slice(&market[part.clone()]);
        self.time.extend_from_slice(&time[part.clone()]);
        self.price.extend_from_slice(&price[part.clone()]);
        self.quantity.extend_from_slice(&quantity[part.clone()]);
        self.taker.extend_from_slice(&taker[part]);
    }

    /// Removes all trades and keeps the memory.
    pub fn clear(&mut self) {
        let PublicTrades { market, time, price, quantity, taker } = self;
        market.clear();
        time.clear();
        price.clear();
        quantity.clear();
        taker.clear();
    }
}
