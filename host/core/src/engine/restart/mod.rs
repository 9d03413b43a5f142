//! What survives a restart of the process: an engine's snapshot, the engine that goes on from it, and the warm-up of what a
//! snapshot does not hold.
//!
//! A snapshot holds what the engine and risk need to go on: cash, positions, working orders, wanted exits, latches. Its size is
//! bounded by what is open and listed, not by what has ever happened. It must never let a restored engine do what the
//! uninterrupted one would not have done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::exits::WantedExit;
use super::orders::Working;
use super::{Engine, Settings};
use crate::market::{Market, MarketId};
use crate::money::{Qty, Usd};
use crate::order::Order;
use crate::portfolio::{self, Portfolio};
use crate::quote::QuotesView;
use crate::risk::{self, InvalidLimits, RiskLimits, RiskManager};
use crate::strategy::SlotId;
use crate::time::Timestamp;

/// All of an engine that survives a restart, for a file: everything but settings, limits, markets, quotes and strategies, which
/// the shell brings anew.
///
/// Not kept, since nothing is decided by it: profit by market of markets that have paid out (reports read the journal), counts
/// of polls and signals, fills that a strategy has not been told of, and quarantines: a restart gives a strategy another try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSnapshot {
    now: Timestamp,
    trade_from: Timestamp,
    /// The UTC day whose books are open.
    day: Option<i64>,
    portfolio: portfolio::Snapshot,
    /// What each position can lose at the worst, as the risk manager has it.
    at_risk: Vec<(MarketId, SlotId, Usd)>,
    orders: Vec<Working>,
    last_order: u64,
    exits: Vec<(SlotId, MarketId, WantedExit)>,
    /// Only those that still hold something back.
    entry_retries: Vec<(SlotId, MarketId, Timestamp)>,
    settled: Numbers,
    risk: risk::Snapshot,
}

/// A snapshot that cannot be gone on from.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// Limits that are not usable.
    #[error(transparent)]
    Limits(#[from] InvalidLimits),
    /// Markets are not listed by number without a gap.
    #[error("market number {found} is listed in place {place}: list all markets in the order of their numbers, from 0")]
    Markets {
        /// Where.
        place: usize,
        /// What was there.
        found: u32,
    },
    /// Something is open in a market that is not listed.
    #[error("the snapshot has {what} in market number {market}, which is not listed: list all markets of the account")]
    Unlisted {
        /// A position, or an order with its number.
        what: String,
        /// Which market.
        market: u32,
    },
    /// The snapshot contradicts itself.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

impl EngineSnapshot {
    /// How a snapshot reads. To be raised with every change of what it holds or means, so that no host goes on from a state that
    /// it misunderstands.
    pub const VERSION: i64 = 1;

    /// Entries wait until `time`, if they do not wait for longer: strategies that come back without the history that they need
    /// must not open anything. Exits do not wait.
    pub fn wait_until(&mut self, time: Timestamp) {
        self.trade_from = self.trade_from.max(time);
    }

    /// The time of the last event before it was taken.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// From when on signals count.
    pub fn trade_from(&self) -> Timestamp {
        self.trade_from
    }
}

impl Engine {
    /// All that survives a restart. Take it after an event that had effects, and after each of the venue's. Costs what is
    /// open, plus one look at each listed market.
    pub fn snapshot(&self) -> EngineSnapshot {
        let positions = self.portfolio.positions();
        let retries = self.entry_retries.iter().filter(|(_, retry)| **retry > self.now);
        EngineSnapshot {
            now: self.now,
            trade_from: self.trade_from,
            day: self.day,
            portfolio: self.portfolio.snapshot(|market| !self.settled.contains(market.0)),
            at_risk: positions.map(|(market, slot, _)| (market, slot, self.risk.at_risk(slot, market))).collect(),
            orders: self.orders.iter().cloned().collect(),
            last_order: self.orders.last_id(),
            exits: self.exits.iter().map(|((slot, market), exit)| (*slot, *market, exit.clone())).collect(),
            entry_retries: retries.map(|((slot, market), retry)| (*slot, *market, *retry)).collect(),
            settled: self.settled.clone(),
            risk: self.risk.snapshot(),
        }
    }

    /// An engine that goes on where the one of `snapshot` stopped, with `markets` listed: all of the account, by number. Then
    /// come its strategies, into the slots that they had ([`Engine::add_strategy`]), and what it must see again before it may
    /// decide ([`Engine::warm_up`]).
    ///
    /// # Errors
    /// Limits that make no sense; markets that are missing; a snapshot that contradicts itself.
    pub fn restore(
        settings: Settings,
        limits: RiskLimits,
        snapshot: EngineSnapshot,
        markets: &[Market],
    ) -> Result<Engine, RestoreError> {
        snapshot.check(markets)?;
        let risk = RiskManager::restore(limits, snapshot.risk)?;
        let portfolio = Portfolio::restore(snapshot.portfolio);
        let mut engine = Engine::new(settings, risk, Usd::ZERO, snapshot.trade_from);
        for market in markets {
            engine.on_market(market);
            if snapshot.settled.contains(market.id.0) {
                engine.risk.on_settled(market.id);
            }
        }
        engine.portfolio = portfolio;
        (engine.now, engine.day, engine.settled) = (snapshot.now, snapshot.day, snapshot.settled);
        for (market, slot, cost) in snapshot.at_risk {
            let held = engine.held(slot, market);
            require(engine.risk.adopt_position(slot, market, held, cost), || "a position".to_owned(), market)?;
        }
        engine.orders.resume_after(snapshot.last_order);
        for working in snapshot.orders {
            let Order { id, market, .. } = working.order;
            // What a market that paid out still has working is being cancelled, and counts no more.
            let counted = engine.settled.contains(market.0) || engine.risk.adopt_order(&working.order, working.open());
            require(counted, || format!("order {}", id.0), market)?;
            engine.orders.adopt(working);
        }
        engine.exits = snapshot.exits.into_iter().map(|(slot, market, exit)| ((slot, market), exit)).collect();
        let retries = snapshot.entry_retries.into_iter();
        engine.entry_retries = retries.map(|(slot, market, retry)| ((slot, market), retry)).collect();
        for market in markets {
            engine.rewatch(market.id);
        }
        Ok(engine)
    }

    /// Shows rows of the past to strategies, book and price watch. Nothing is decided or recorded, no position is marked, and
    /// time stands still; a strategy that fails at it is quarantined by the first poll that follows.
    pub fn warm_up(&mut self, rows: QuotesView<'_>) {
        for row in 0..rows.len() {
            self.book.update(&rows, row);
            self.risk.on_row(MarketId(rows.market[row]), rows.bid[row], rows.ask[row]);
        }
        for slot in 0..self.slots.len() {
            let positions =
                if self.slots[slot].feedback() { self.position_views(SlotId(slot as u16)) } else { Vec::new() };
            self.slots[slot].show(rows, &positions);
            self.slots[slot].forget_answer();
        }
    }

    /// All orders that may still trade, by number: each with what of it was filled, and whether a cancel was sent.
    pub fn working(&self) -> impl Iterator<Item = (&Order, Qty, bool)> {
        self.orders.iter().map(|working| (&working.order, working.filled, working.cancelling))
    }
}

impl EngineSnapshot {
    /// What a restored engine relies on.
    fn check(&self, markets: &[Market]) -> Result<(), RestoreError> {
        if let Some((place, market)) = markets.iter().enumerate().find(|(place, market)| market.id.index() != *place) {
            return Err(RestoreError::Markets { place, found: market.id.0 });
        }
        for Working { order, filled, .. } in &self.orders {
            require(order.market.index() < markets.len(), || format!("order {}", order.id.0), order.market)?;
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

/// A set of market numbers, as runs from first to last: markets are numbered as they are listed, so those that paid out are
/// few runs, however many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Numbers(BTreeMap<u32, u32>);

impl Numbers {
    pub fn contains(&self, number: u32) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, &last)| number <= last)
    }

    pub fn insert(&mut self, number: u32) {
        if self.contains(number) {
            return;
        }
        let before = self.0.range(..number).next_back().filter(|&(_, &last)| last + 1 == number);
        let first = before.map_or(number, |(&first, _)| first);
        let last = number.checked_add(1).and_then(|next| self.0.remove(&next)).unwrap_or(number);
        self.0.insert(first, last);
    }
}

#[cfg(test)]
mod tests;
