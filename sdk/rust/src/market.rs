//! The input of a strategy besides quotes: markets, and its own positions and fills if it asks for feedback.

use crate::quotes::Quotes;
use crate::time::Timestamp;

/// A binary contract: it pays one dollar if its event happens, else nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Market {
    /// The market's number within a run: dense, assigned by the host, never reused. Use it as an index.
    pub id: u32,
    /// The venue's name of the market.
    pub ticker: String,
    /// The event; all its markets resolve together.
    pub event: String,
    /// The series that a recurring event belongs to.
    pub series: String,
    /// The category, such as `politics`; empty if the venue gives none.
    pub category: String,
    /// The title, for people.
    pub title: String,
    /// Smallest price step, in dollars.
    pub tick: f64,
    /// Start of trading, if known.
    pub opens: Option<Timestamp>,
    /// End of trading, if known; no row comes after it.
    pub closes: Option<Timestamp>,
    /// Time of the underlying event, if known.
    pub event_time: Option<Timestamp>,
}

/// The host's authoritative position in one market.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// [`Market::id`].
    pub market: u32,
    /// Quantity in contracts; negative if short (long the NO side).
    pub quantity: f64,
    /// Average entry price in dollars.
    pub average_price: f64,
}

/// One execution of an order that one of this strategy's signals led to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// [`Market::id`].
    pub market: u32,
    /// Time of the execution.
    pub time: Timestamp,
    /// Quantity in contracts; negative for a sale.
    pub quantity: f64,
    /// Price in dollars.
    pub price: f64,
}

/// Everything that happened since the last call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batch<'a> {
    /// Markets that were listed or changed; they apply to every row of the batch.
    pub markets: &'a [Market],
    /// Quote rows in time order.
    pub quotes: Quotes<'a>,
    /// Open positions; empty unless the strategy asks for feedback.
    pub positions: &'a [Position],
    /// Fills since the last call; empty unless the strategy asks for feedback.
    pub fills: &'a [Fill],
}
