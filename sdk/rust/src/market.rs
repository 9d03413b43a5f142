//! What a strategy is shown besides quotes: markets, and its own positions and fills if it asks for feedback.

use crate::quotes::Quotes;
use crate::time::Timestamp;

/// A binary contract: it pays one dollar if its event happens, else nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Market {
    /// Its number within a run: dense, assigned by the host, never reused. Use it as an index.
    pub id: u32,
    /// The venue's name for it.
    pub ticker: String,
    /// Markets of one event resolve together.
    pub event: String,
    /// Recurring events form a series.
    pub series: String,
    /// Such as `politics`; empty where the venue gives none.
    pub category: String,
    /// For people.
    pub title: String,
    /// Smallest price step, in dollars.
    pub tick: f64,
    /// When trading opens.
    pub opens: Option<Timestamp>,
    /// When trading closes.
    pub closes: Option<Timestamp>,
    /// When the underlying event happens.
    pub event_time: Option<Timestamp>,
}

/// The host's authoritative position in one market.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// [`Market::id`].
    pub market: u32,
    /// Contracts; negative = short (long the NO side).
    pub quantity: f64,
    /// Average entry price in dollars.
    pub average_price: f64,
}

/// One execution of an order that one of this strategy's signals led to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// [`Market::id`].
    pub market: u32,
    /// When.
    pub time: Timestamp,
    /// Contracts; negative = sold.
    pub quantity: f64,
    /// In dollars.
    pub price: f64,
}

/// Everything since the last call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batch<'a> {
    /// Markets listed or changed; they hold for every row of the batch.
    pub markets: &'a [Market],
    /// Quote rows in time order.
    pub quotes: Quotes<'a>,
    /// Open positions; empty unless the strategy asks for feedback.
    pub positions: &'a [Position],
    /// Fills since the last call; empty unless the strategy asks for feedback.
    pub fills: &'a [Fill],
}
