//! The orders of a run, and what became of each.

use std::collections::BTreeMap;

use host_core::{Market, Order, OrderId, OrderState, Qty, Record, TimeInForce, Timestamp};
use host_store::journal::events::LoggedEvent;

use crate::error::Result;
use crate::run::RunSource;

/// An order and what became of it.
#[derive(Clone, Debug)]
pub(super) struct OrderOutcome {
    pub order: Order,
    pub filled: Qty,
    /// Time of the first fill.
    pub first_fill: Option<Timestamp>,
    /// Paid beyond the limit for what was filled, in dollars; negative where the price was better.
    pub beyond_limit: f64,
    /// Its last state; `None` while it works.
    pub state: Option<OrderState>,
}

/// An act of the host at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Place(OrderId),
    Cancel(OrderId),
}

/// The orders of a run.
#[derive(Debug, Default)]
pub(super) struct OrderHistory {
    pub outcomes: BTreeMap<OrderId, OrderOutcome>,
    /// In time order.
    pub acts: Vec<(Timestamp, Act)>,
    /// All markets that were listed.
    pub markets: Vec<Market>,
}

/// The orders from which fills can be estimated.
#[derive(Debug, Default)]
pub(super) struct Counted<'a> {
    pub orders: Vec<&'a OrderOutcome>,
    /// Orders that never came to the venue, or were refused there.
    pub not_placed: u64,
    /// Orders that the host cancelled before anything was filled: how they would have ended is not known.
    pub cut_short: u64,
    /// Orders that take what is displayed or nothing.
    pub immediate: u64,
    /// Orders that work still.
    pub working: u64,
}

impl OrderHistory {
    /// Reads the journal of `source`.
    ///
    /// # Errors
    /// It is damaged.
    pub fn read(source: &RunSource) -> Result<OrderHistory> {
        let mut history = OrderHistory::default();
        let Some((journal, info)) = &source.journal else { return Ok(history) };
        history.markets.clone_from(&info.markets);
        for step in journal.steps() {
            let step = step?;
            let time = step.event.time();
            for record in &step.records {
                history.add(record);
            }
            let cancelled = step.cancels.iter().filter_map(|order| Some((time?, Act::Cancel(*order))));
            history.acts.extend(cancelled);
            if let LoggedEvent::Market(market) = step.event {
                history.markets.push(market);
            }
        }
        Ok(history)
    }

    fn add(&mut self, record: &Record) {
        match record {
            Record::Placed { order, .. } => {
                self.acts.push((order.created, Act::Place(order.id)));
                let (filled, first_fill, state) = (Qty::ZERO, None, None);
                let outcome = OrderOutcome { order: order.clone(), filled, first_fill, beyond_limit: 0.0, state };
                self.outcomes.insert(order.id, outcome);
            }
            Record::Filled { fill, .. } => {
                let Some(outcome) = self.outcomes.get_mut(&fill.order) else { return };
                let beyond = f64::from(fill.price.0 - outcome.order.price.0) / 10_000.0 * fill.qty.as_contracts();
                outcome.beyond_limit += outcome.order.side.sign() as f64 * beyond;
                outcome.filled += fill.qty;
                outcome.first_fill.get_or_insert(fill.time);
                if outcome.filled >= outcome.order.qty {
                    outcome.state = Some(OrderState::Filled);
                }
            }
            Record::Done { order, state, .. } if state.is_terminal() => {
                if let Some(outcome) = self.outcomes.get_mut(order) {
                    outcome.state = Some(*state);
                }
            }
            _ => {}
        }
    }

    /// Returns the orders that say how the venue fills.
    pub fn counted(&self) -> Counted<'_> {
        let mut counted = Counted::default();
        for outcome in self.outcomes.values() {
            match outcome.state {
                None => counted.working += 1,
                _ if outcome.order.time_in_force == TimeInForce::ImmediateOrCancel => counted.immediate += 1,
                Some(OrderState::Rejected | OrderState::NotPlaced) => counted.not_placed += 1,
                Some(OrderState::Cancelled) if outcome.filled.is_zero() => counted.cut_short += 1,
                Some(_) => counted.orders.push(outcome),
            }
        }
        counted
    }
}

impl OrderOutcome {
    /// Returns true if some of it was filled.
    pub fn is_filled(&self) -> bool {
        !self.filled.is_zero()
    }

    /// Returns the dollars a contract that were paid beyond the limit, if it was filled.
    pub fn slippage(&self) -> Option<f64> {
        self.is_filled().then(|| self.beyond_limit / self.filled.as_contracts())
    }

    /// Returns the time from the decision to the first fill, in milliseconds.
    pub fn waited_ms(&self) -> Option<f64> {
        self.first_fill.map(|time| (time - self.order.created).as_seconds() * 1e3)
    }
}
