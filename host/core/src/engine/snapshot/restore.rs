//! Taking a snapshot of an engine, restoring an engine from one, and warming it up.

use std::collections::BTreeMap;

use super::{EngineSnapshot, RestoreError, ResumedStrategy, require};
use crate::engine::Engine;
use crate::engine::standing::Standing;
use crate::market::{Market, MarketId};
use crate::money::{Qty, Usd};
use crate::order::{Order, Side};
use crate::portfolio::{Portfolio, PortfolioSnapshot};
use crate::pricing::OrderPolicy;
use crate::quote::QuotesView;
use crate::risk::{RiskLimits, RiskManager};
use crate::strategy::{Fault, SavedState, SlotId};

impl Engine {
    /// Returns everything that survives a restart. Take a snapshot after each event that had effects, and after each
    /// venue event. The cost is proportional to what is open, plus one look at each listed market.
    pub fn snapshot(&self) -> EngineSnapshot {
        let positions = self.portfolio.positions();
        let retries = self.entry_retries.iter().filter(|(_, retry)| **retry > self.now);
        EngineSnapshot {
            now: self.now,
            trade_from: self.trade_from,
            day: self.day,
            portfolio: self.books(),
            at_risk: positions.map(|(market, slot, _)| (market, slot, self.risk.at_risk(slot, market))).collect(),
            account_at_risk: self.account_at_risk(),
            orders: self.orders.iter().cloned().collect(),
            last_order: self.orders.last_id(),
            exits: self.exits.iter().map(|((slot, market), exit)| (*slot, *market, exit.clone())).collect(),
            entry_retries: Vec::new(),
            refused_entries: retries.map(|((slot, market, side), retry)| (*slot, *market, *side, *retry)).collect(),
            one_sided: self.one_sided.since().collect(),
            settled: self.settled.clone(),
            slots: self.standings(),
            risk: self.risk.snapshot(),
        }
    }

    /// Returns an engine that continues where the one of `snapshot` stopped. `markets` must be the markets
    /// that may still be traded and those that the snapshot needs ([`EngineSnapshot::needs`]), in the order of their
    /// numbers. Afterwards, add the strategies in the slots that they had
    /// ([`Engine::add_strategy`]) and replay the history that they need ([`Engine::warm_up`]).
    ///
    /// # Errors
    /// The limits are not usable, markets are missing, or the snapshot contradicts itself.
    pub fn restore(
        policy: OrderPolicy,
        limits: RiskLimits,
        snapshot: EngineSnapshot,
        markets: &[Market],
    ) -> Result<Engine, RestoreError> {
        snapshot.check(markets)?;
        let risk = RiskManager::restore(limits, snapshot.risk)?;
        let portfolio = Portfolio::restore(snapshot.portfolio);
        let mut engine = Engine::new(policy, risk, Usd::ZERO, snapshot.trade_from);
        for market in markets {
            engine.on_market(market);
            if snapshot.settled.contains(market.id.0) {
                engine.risk.on_settled(market.id);
            }
        }
        engine.portfolio = portfolio;
        engine.returning = snapshot.slots.into_iter().collect();
        (engine.now, engine.day, engine.settled) = (snapshot.now, snapshot.day, snapshot.settled);
        for (market, slot, cost) in snapshot.at_risk {
            let held = engine.held(slot, market);
            require(engine.risk.adopt_position(slot, market, held, cost), || "a position".to_owned(), market)?;
        }
        for (market, loss) in snapshot.account_at_risk {
            engine.risk.adopt_account_at_risk(market, loss);
        }
        engine.orders.resume_after(snapshot.last_order);
        for working in snapshot.orders {
            let Order { id, market, .. } = working.order;
            // Orders in a market that has paid out are being cancelled and no longer count as exposure.
            let counted = engine.settled.contains(market.0) || engine.risk.adopt_order(&working.order, working.open());
            require(counted, || format!("order {}", id.0), market)?;
            engine.orders.adopt(working);
        }
        engine.exits = snapshot.exits.into_iter().map(|(slot, market, exit)| ((slot, market), exit)).collect();
        let refused = snapshot.refused_entries.into_iter();
        engine.entry_retries = refused.map(|(slot, market, side, retry)| ((slot, market, side), retry)).collect();
        for (slot, market, retry) in snapshot.entry_retries {
            for side in [Side::Buy, Side::Sell] {
                engine.entry_retries.insert((slot, market, side), retry);
            }
        }
        for (market, since) in snapshot.one_sided {
            engine.one_sided.note(market, since);
        }
        for market in markets {
            engine.update_watched(market.id);
        }
        Ok(engine)
    }

    /// Returns what differs from slots that trade since ever.
    fn standings(&self) -> Vec<(SlotId, Standing)> {
        let all = (0..).map(SlotId).zip(&self.slots).map(|(id, slot)| (id, slot.standing.clone()));
        let waiting = self.returning.iter().map(|(id, standing)| (*id, standing.clone()));
        all.chain(waiting).filter(|(_, standing)| *standing != Standing::default()).collect()
    }

    /// Returns the worst-case loss of the account's net position where the strategies' do not tell it: where there are
    /// several, since the order in which they were netted decides, even if their sum happens to be the same; or one,
    /// if others were netted with it before.
    fn account_at_risk(&self) -> Vec<(MarketId, Usd)> {
        let mut held: BTreeMap<MarketId, Vec<Usd>> = BTreeMap::new();
        for (market, slot, _) in self.portfolio.positions() {
            held.entry(market).or_default().push(self.risk.at_risk(slot, market));
        }
        let accounts = held.into_iter().map(|(market, losses)| (market, losses, self.risk.account_at_risk(market)));
        accounts
            .filter(|(_, losses, account)| losses != &[*account])
            .map(|(market, _, account)| (market, account))
            .collect()
    }

    /// Shows past rows to the latest quotes, the quote guard, and the strategies that have not taken up a former state.
    /// Nothing is decided or recorded, no position is marked, and time does not advance. A strategy that fails here is
    /// quarantined by the next poll.
    pub fn warm_up(&mut self, rows: QuotesView<'_>) {
        for row in 0..rows.len() {
            self.quotes.update(&rows, row);
            self.risk.on_row(MarketId(rows.market[row]), rows.bid[row], rows.ask[row]);
        }
        for slot in (0..self.slots.len()).filter(|slot| !self.slots[*slot].has_resumed()).collect::<Vec<_>>() {
            let positions =
                if self.slots[slot].feedback() { self.position_views(SlotId(slot as u16)) } else { Vec::new() };
            self.slots[slot].warm_up(rows, &positions);
        }
    }

    /// Returns the state of each strategy that has one, as of the last poll, by slot. A strategy that fails at it is
    /// quarantined by the next poll.
    pub fn save_strategies(&mut self) -> Vec<(SlotId, Result<SavedState, Fault>)> {
        let slots = self.slots.iter_mut().zip(0..).map(|(slot, number)| (SlotId(number), slot.save()));
        slots.filter_map(|(slot, saved)| Some((slot, saved?))).collect()
    }

    /// Returns cash and positions as they are.
    pub fn books(&self) -> PortfolioSnapshot {
        self.portfolio.snapshot(|market| !self.settled.contains(market.0))
    }

    /// Lets the strategy in a slot take up what [`Engine::save_strategies`] returned, or what became of that by the
    /// polls since: it then goes on as if it had never stopped.
    ///
    /// # Errors
    /// It does not take it up.
    pub fn resume_strategy(&mut self, resumed: &ResumedStrategy) -> Result<(), Fault> {
        let ResumedStrategy { slot, state, markets, fills } = resumed;
        let listed = markets.iter().filter_map(|market| self.market(*market)).cloned().collect();
        let Some(slot) = self.slots.get_mut(usize::from(slot.0)) else { return Ok(()) };
        slot.resume(state, listed, fills.clone())
    }

    /// Returns the positions that strategies did not lead to in their warm-up, as far as it shows: nothing may ask for
    /// their exit. Strategies that have taken up their state, or that are told of their positions, know them.
    pub fn unknown_positions(&self) -> Vec<(SlotId, MarketId)> {
        let held = self.portfolio.positions().map(|(market, slot, position)| (slot, market, position.side()));
        let unknown = held.filter(|(slot, market, side)| {
            self.slots.get(usize::from(slot.0)).is_some_and(|slot| slot.is_running() && !slot.knows(*market, *side))
        });
        unknown.map(|(slot, market, _)| (slot, market)).collect()
    }

    /// Returns all working orders by number, each with its filled quantity and with `true` if a cancel was sent.
    pub fn working(&self) -> impl Iterator<Item = (&Order, Qty, bool)> {
        self.orders.iter().map(|working| (&working.order, working.filled, working.cancelling))
    }
}
