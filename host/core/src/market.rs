//! Binary contracts: what they are called, when they live, how they settle.

use serde::{Deserialize, Serialize};

use crate::money::Price;
use crate::ticks::Ticks;
use crate::time::Timestamp;

/// Number of a market within a run: dense, assigned by the host, never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MarketId(pub u32);

impl MarketId {
    /// As an index into per-market tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A binary contract: it pays one dollar if its event happens, else nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Market {
    /// Its number within the run.
    pub id: MarketId,
    /// The venue's name for it.
    pub ticker: String,
    /// Markets of one event resolve together.
    pub event: String,
    /// Recurring events form a series.
    pub series: String,
    /// Exposure is limited by category; empty where the venue gives none.
    pub category: String,
    /// For people.
    pub title: String,
    /// Which prices it takes.
    #[serde(rename = "tick")]
    pub ticks: Ticks,
    /// When trading opens.
    pub opens: Option<Timestamp>,
    /// When trading closes.
    pub closes: Option<Timestamp>,
    /// When the underlying event happens.
    pub event_time: Option<Timestamp>,
}

/// How a market resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The event happened: YES pays one dollar.
    Yes,
    /// It did not: YES pays nothing.
    No,
    /// Neither, as when an event is called off: YES pays so much, NO the rest of the dollar.
    Value(Price),
}

impl Outcome {
    /// What one YES contract pays.
    pub const fn payout(self) -> Price {
        match self {
            Outcome::Yes => Price::ONE,
            Outcome::No => Price::ZERO,
            Outcome::Value(payout) => payout,
        }
    }
}

/// A market's resolution: every position in it closes at the payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Which market.
    pub market: MarketId,
    /// When it pays.
    pub time: Timestamp,
    /// What it pays.
    pub outcome: Outcome,
}
