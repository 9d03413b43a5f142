//! Binary contracts: their names, trading hours and settlement.

use serde::{Deserialize, Serialize};

use crate::money::Price;
use crate::ticks::Ticks;
use crate::time::Timestamp;

/// The number of a market within a run. Numbers are dense, assigned by the host and never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MarketId(pub u32);

impl MarketId {
    /// Returns the number as an index into per-market tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A binary contract: it pays one dollar if its event happens, otherwise nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Market {
    /// Number within the run.
    pub id: MarketId,
    /// The venue's name for the market.
    pub ticker: String,
    /// Name of the event. The markets of one event resolve together.
    pub event: String,
    /// Name of the series that recurring events form.
    pub series: String,
    /// Category, by which exposure is limited; empty if the venue gives none.
    pub category: String,
    /// Title for display.
    pub title: String,
    /// The prices that the market accepts.
    #[serde(rename = "tick")]
    pub ticks: Ticks,
    /// Time at which trading opens, if known.
    pub opens: Option<Timestamp>,
    /// Time at which trading closes, if known.
    pub closes: Option<Timestamp>,
    /// Time at which the underlying event happens, if known.
    pub event_time: Option<Timestamp>,
}

impl Market {
    /// Returns the title for display, or the ticker if the venue gives none.
    pub fn shown_title(&self) -> &str {
        if self.title.is_empty() { &self.ticker } else { &self.title }
    }
}

/// The outcome of a resolved market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The event happened: YES pays one dollar.
    Yes,
    /// The event did not happen: YES pays nothing.
    No,
    /// Neither, for example because the event was cancelled: YES pays this price, NO the rest of the dollar.
    Value(Price),
}

impl Outcome {
    /// Returns the payout of one YES contract.
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
    /// The market.
    pub market: MarketId,
    /// Time of the payout.
    pub time: Timestamp,
    /// The outcome that determines the payout.
    pub outcome: Outcome,
}
