//! The engine state that survives a restart of the process. `restore` takes a snapshot and continues from one.
//!
//! A snapshot holds what the engine and the risk manager need to continue: cash, positions, working orders, wanted
//! exits, latches. Its size is bounded by what is open and listed, not by history. A restored engine must never do
//! anything that the uninterrupted one would not have done.

mod restore;
mod slot_books;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
pub use slot_books::SlotBooks;
use thiserror::Error;

use super::market_set::MarketSet;
use super::standing::Standing;
use super::wanted_exit::WantedExit;
use super::working_orders::WorkingOrder;
use crate::market::{Market, MarketId};
use crate::money::{Qty, Usd};
use crate::order::Side;
use crate::portfolio::PortfolioSnapshot;
use crate::risk::{InvalidLimits, RiskSnapshot};
use crate::strategy::{FillView, SavedState, SlotId};
use crate::time::Timestamp;

/// Everything of an engine that survives a restart, in a form for files. Order policy, limits, markets, quotes and
/// strategies are not part of it: the host supplies them again.
///
/// Also left out, because no decision depends on it: profit by market of markets that have paid out (reports read the
/// journal), counts of polls and signals, and fills not yet shown to a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSnapshot {
    now: Timestamp,
    trade_from: Timestamp,
    /// The UTC day that is open, in days since the epoch.
    day: Option<i64>,
    portfolio: PortfolioSnapshot,
    /// The worst-case loss of each position, as the risk manager counts it.
    at_risk: Vec<(MarketId, SlotId, Usd)>,
    /// The same of the account's net position, in markets where several strategies have been: the sum of theirs does
    /// not tell it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    account_at_risk: Vec<(MarketId, Usd)>,
    orders: Vec<WorkingOrder>,
    last_order: u64,
    exits: Vec<(SlotId, MarketId, WantedExit)>,
    /// Refused entries that wait, in states of hosts that did not tell the sides apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entry_retries: Vec<(SlotId, MarketId, Timestamp)>,
    /// Only those that are still in the future.
    #[serde(default)]
    refused_entries: Vec<(SlotId, MarketId, Side, Timestamp)>,
    /// Markets with a position whose book lacks a side, and the time since which it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    one_sided: Vec<(MarketId, Timestamp)>,
    settled: MarketSet,
    /// Slots that wait for longer than the account, have failed, or are quarantined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    slots: Vec<(SlotId, Standing)>,
    risk: RiskSnapshot,
}

/// A strategy's state of before a restart, brought up to the last poll that was shown, and the rest of what it is to be
/// told next.
#[derive(Clone, Debug, PartialEq)]
pub struct ResumedStrategy {
    /// Its slot.
    pub slot: SlotId,
    /// The state.
    pub state: SavedState,
    /// Markets that were listed or changed since that poll, in order.
    pub markets: Vec<MarketId>,
    /// Its fills since that poll, if it asks for feedback.
    pub fills: Vec<FillView>,
}

/// The reason why an engine cannot continue from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// The limits are not usable.
    #[error(transparent)]
    Limits(#[from] InvalidLimits),
    /// The markets are not listed by number.
    #[error("market number {found} is listed in place {place}: list markets in the order of their numbers, each once")]
    Markets {
        /// The place in the list, from 0.
        place: usize,
        /// The number of the market found there.
        found: u32,
    },
    /// A position or an order is open in a market that is not listed.
    #[error("the snapshot has {what} in market number {market}, which is not listed: list what it needs")]
    Unlisted {
        /// A position, or an order with its number.
        what: String,
        /// The market's number.
        market: u32,
    },
    /// The snapshot contradicts itself.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

impl EngineSnapshot {
    /// Version of the snapshot's format. Raise it with every change of content or meaning, so that no host continues
    /// from a state that it misunderstands.
    pub const VERSION: i64 = 4;
    /// The oldest version that is read as well: it lacks only what has a default.
    pub const OLDEST: i64 = 2;

    /// Holds entries back until `time`, unless they are already held back for longer: strategies that restart without
    /// the history they need must not open positions. Exits are not held back.
    pub fn wait_until(&mut self, time: Timestamp) {
        self.trade_from = self.trade_from.max(time);
    }

    /// Returns true if the account has a position, an order or a wanted exit in `market`, so that a restart needs it
    /// whether or not it is over.
    pub fn needs(&self, market: MarketId) -> bool {
        let mut held = self.portfolio.positions().map(|(market, _)| market);
        held.any(|other| other == market)
            || self.orders.iter().any(|working| working.order.market == market)
            || self.exits.iter().any(|(_, other, _)| *other == market)
    }

    /// Returns the time of the last event before the snapshot was taken.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the latest equity and its change since the end of the previous UTC day, or `None` before the first.
    pub fn equity(&self) -> Option<(Usd, Usd)> {
        self.risk.equity()
    }

    /// Returns the time from which signals count.
    pub fn trade_from(&self) -> Timestamp {
        self.trade_from
    }

    /// Checks what a restored engine relies on.
    fn check(&self, markets: &[Market]) -> Result<(), RestoreError> {
        if let Some(place) = markets.windows(2).position(|pair| pair[0].id >= pair[1].id) {
            return Err(RestoreError::Markets { place: place + 1, found: markets[place + 1].id.0 });
        }
        let is_listed = |id: MarketId| markets.binary_search_by_key(&id, |market| market.id).is_ok();
        for WorkingOrder { order, filled, .. } in &self.orders {
            require(is_listed(order.market), || format!("order {}", order.id.0), order.market)?;
            if !(Qty::ZERO <= *filled && *filled < order.qty) {
                let (id, qty) = (order.id.0, order.qty);
                return Err(RestoreError::Damaged(format!("order {id} works with {filled} of {qty} filled")));
            }
            if order.id.0 > self.last_order {
                let (id, last) = (order.id.0, self.last_order);
                return Err(RestoreError::Damaged(format!("order {id} works, but the last number is {last}")));
            }
        }
        let counted = self.at_risk.iter().map(|(market, slot, _)| (*market, *slot));
        if !counted.eq(self.portfolio.positions()) {
            return Err(RestoreError::Damaged("the positions held are not those at risk".to_owned()));
        }
        Ok(())
    }
}

fn require(listed: bool, what: impl Fn() -> String, market: MarketId) -> Result<(), RestoreError> {
    if listed { Ok(()) } else { Err(RestoreError::Unlisted { what: what(), market: market.0 }) }
}
