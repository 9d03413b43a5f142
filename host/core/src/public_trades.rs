//! Trades of other people, as a venue publishes them.

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
    /// Returns the number of trades.
    pub fn len(&self) -> usize {
        self.market.len()
    }

    /// Returns true if there are no trades.
    pub fn is_empty(&self) -> bool {
        self.market.is_empty()
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
