//! Books that lack a side, in markets with a position, and the kinds of marks that come of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::market::MarketId;
use crate::time::Timestamp;

/// Markets with a position whose book lacks a side, each with the time of the first row that lacked it.
#[derive(Clone, Debug, Default)]
pub(super) struct OneSidedBooks(BTreeMap<MarketId, OneSided>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OneSided {
    pub since: Timestamp,
    /// True once the value is certain: positions count at their worst, or the market has closed.
    pub booked: bool,
}

/// The book that a position's mark comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkBasis {
    /// The mid of a book with both sides.
    Mid,
    /// The last mark, clamped by a book that has lacked a side since this time.
    Clamped(Timestamp),
    /// The worst that the book admits: it has lacked a side since this time, for too long.
    Worst(Timestamp),
    /// The last mark before this time, at which the market closed.
    Closed(Timestamp),
}

impl fmt::Display for MarkBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MarkBasis::Mid => Ok(()),
            MarkBasis::Clamped(since) => write!(f, "a side is missing since {since}"),
            MarkBasis::Worst(since) => write!(f, "the worst: a side is missing since {since}"),
            MarkBasis::Closed(at) => write!(f, "the last before the close at {at}"),
        }
    }
}

impl OneSidedBooks {
    /// Returns the markets, each with the time since which its book lacks a side.
    pub fn since(&self) -> impl Iterator<Item = (MarketId, Timestamp)> {
        self.0.iter().map(|(market, book)| (*market, book.since))
    }

    /// Notes that a market's book lacks a side since `since`; the first time counts.
    pub fn note(&mut self, market: MarketId, since: Timestamp) {
        self.0.entry(market).or_insert(OneSided { since, booked: false });
    }

    pub fn get(&self, market: MarketId) -> Option<&OneSided> {
        self.0.get(&market)
    }

    pub fn get_mut(&mut self, market: MarketId) -> Option<&mut OneSided> {
        self.0.get_mut(&market)
    }

    pub fn remove(&mut self, market: MarketId) {
        self.0.remove(&market);
    }

    /// Returns the markets whose positions may be worth less than their marks, each with the time since which its book
    /// lacks a side.
    pub fn uncertain(&self) -> impl Iterator<Item = (MarketId, Timestamp)> {
        self.0.iter().filter(|(_, book)| !book.booked).map(|(market, book)| (*market, book.since))
    }
}
