//! A pretend account beside one that trades: a strategy that is told the account's events one by one, and whose orders
//! go to the fill model.

use host_core::engine::{Engine, Newcomer};
use host_core::entry_cost::EntryCost;
use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::{Event, Market, Timestamp, Usd};
use host_report::{Recorder, RecorderSettings, Window};
use host_sim::fill::{ExchangeSettings, SimulatedExchange};

use crate::error::{Result, SessionError};
use crate::session::Session;
use crate::setup::Setup;
use crate::start::NamedSlot;

/// The terms on which a pretend account trades: those of the account beside it, with the fill model in force.
#[derive(Clone, Debug)]
pub struct PretendTerms {
    capital: Usd,
    execution: OrderPolicy,
    limits: RiskLimits,
    exchange: ExchangeSettings,
    entry_cost: EntryCost,
}

impl PretendTerms {
    /// Returns the terms of `setup`, where entries are filled on the terms of `entry_cost`.
    pub fn of(setup: &Setup, entry_cost: EntryCost) -> PretendTerms {
        let Setup { capital, execution, limits, exchange, .. } = setup;
        let (execution, limits, exchange) = (execution.clone(), limits.clone(), exchange.clone());
        PretendTerms { capital: *capital, execution, limits, exchange, entry_cost }
    }

    /// Lets accounts that begin from now on have other limits.
    pub fn set_limits(&mut self, limits: RiskLimits) {
        self.limits = limits;
    }

    /// Makes a session in which `newcomer` trades from `since` on, in the slot that it would have. `markets` are those
    /// that the account's engine knows.
    ///
    /// # Errors
    /// The limits contradict each other.
    pub fn session(
        &self,
        newcomer: Newcomer,
        slot: &NamedSlot,
        markets: &[Market],
        since: Timestamp,
    ) -> Result<Session> {
        let risk = RiskManager::new(self.limits.clone()).map_err(SessionError::Limits)?;
        let mut engine = Engine::new(self.execution.clone(), risk, self.capital, since);
        engine.set_entry_cost(self.entry_cost);
        // Records name the slot by its number: so it has the same here.
        for _ in 0..slot.number.0 {
            engine.add_vacant_slot("");
        }
        engine.add_vacant_slot(&slot.name);
        let mut exchange = SimulatedExchange::new(self.exchange.clone());
        for market in markets {
            exchange.list(market);
            engine.step(Event::Market(market), &mut Vec::new());
        }
        engine.swap(slot.number, newcomer, (since, since), String::new(), &mut Vec::new());
        let window = Window::from_on(since);
        let recorder = Recorder::new(RecorderSettings { start_equity: self.capital, window });
        Ok(Session::without_feed(engine, exchange, recorder))
    }
}
