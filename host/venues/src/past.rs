//! The past of markets as venues report it, in terms that no single venue owns.

#![warn(missing_docs)]

use host_core::{Price, Qty, Side, Timestamp};

/// The times before which a venue shows its past in another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryCutoff {
    /// Markets that were paid out before it, with their candlesticks.
    pub markets: Timestamp,
    /// Trades from before it.
    pub trades: Timestamp,
}

/// The state of a market at the end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candlestick {
    /// End of the period.
    pub end: Timestamp,
    /// Best bid at the end.
    pub bid: Option<Price>,
    /// Best ask at the end.
    pub ask: Option<Price>,
    /// Price of the last trade until the end.
    pub last: Option<Price>,
    /// Contracts traded in the period.
    pub volume: Qty,
}

/// A trade of other people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueTrade {
    /// The venue's id.
    pub id: String,
    /// Market.
    pub ticker: String,
    /// Time of the trade.
    pub time: Timestamp,
    /// Price of YES.
    pub price: Price,
    /// Contracts.
    pub qty: Qty,
    /// Side, in terms of YES, that came to the book; `None` if the venue does not say.
    pub taker: Option<Side>,
    /// True if it was agreed on outside of the book.
    pub is_block: bool,
}
