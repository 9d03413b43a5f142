//! Exit signals. A wanted exit is quoted until the position is flat: again after each expiry, and at the opposite best
//! price once it has been wanted for too long. While it cannot be quoted, people are told.

use super::wanted_exit::{Blocked, BlockedExit, WantedExit};
use super::{Effect, Engine};
use crate::market::{Market, MarketId};
use crate::money::{Price, Qty};
use crate::order::{Intent, Order, Side};
use crate::pricing::Pricing;
use crate::quote::Quote;
use crate::record::{Record, Refused, Verdict};
use crate::risk::RefusalCode;
use crate::strategy::{Signal, SlotId};

impl Engine {
    pub(super) fn on_exit_signal(
        &mut self,
        slot: SlotId,
        market: MarketId,
        signal: &Signal,
        effects: &mut Vec<Effect>,
    ) {
        let wanted = self.is_entering(slot, market) || !self.held(slot, market).is_zero();
        if !wanted || self.exits.contains_key(&(slot, market)) {
            return;
        }
        self.record_signal(slot, market, signal, effects);
        self.exits.insert((slot, market), WantedExit::new(self.now));
        self.cancel_entries(slot, market, effects);
    }

    /// Wants the exit of all positions of a slot, as if its strategy had asked for it; `at_once` at the other side of
    /// the book, so that orders which wait on their own side are cancelled.
    pub(super) fn wind_down(&mut self, slot: SlotId, at_once: bool, effects: &mut Vec<Effect>) {
        let held = self.portfolio.positions().filter(|(_, owner, _)| *owner == slot).map(|(market, _, _)| market);
        for market in held.collect::<Vec<_>>() {
            let exit = self.exits.entry((slot, market)).or_insert_with(|| WantedExit::new(self.now));
            exit.at_once |= at_once;
            self.cancel_entries(slot, market, effects);
        }
        if at_once {
            self.cancel_where(|order| order.slot == slot, effects);
        }
    }

    /// Returns true if the exit of the slot's position in `market` is wanted.
    pub fn is_exit_wanted(&self, slot: SlotId, market: MarketId) -> bool {
        self.exits.contains_key(&(slot, market))
    }

    /// Returns the wanted exits that cannot be worked, and the cause of each.
    pub fn blocked_exits(&self) -> impl Iterator<Item = BlockedExit<'_>> {
        self.exits.iter().filter_map(|(&(slot, market), exit)| {
            let Blocked { since, verdict } = exit.blocked.as_ref()?;
            Some(BlockedExit { slot, market, held: self.held(slot, market), since: *since, verdict })
        })
    }

    /// Forgets a wanted exit once there is nothing left to close, so that the next signal can open a position again.
    pub(super) fn forget_finished_exit(&mut self, slot: SlotId, market: MarketId, effects: &mut Vec<Effect>) {
        // An entry that is being cancelled may still fill.
        if self.held(slot, market).is_zero() && !self.is_entering(slot, market) {
            self.forget_exit(slot, market, effects);
        }
    }

    /// Forgets a wanted exit. People who were told that it was blocked are told that this is over.
    pub(super) fn forget_exit(&mut self, slot: SlotId, market: MarketId, effects: &mut Vec<Effect>) {
        if self.exits.remove(&(slot, market)).is_some_and(|exit| exit.blocked.is_some()) {
            effects.push(Effect::Record(Record::ExitFreed { slot, market, time: self.now }));
        }
    }

    /// Sends an order for every wanted exit that has none working.
    pub(super) fn quote_exits(&mut self, effects: &mut Vec<Effect>) {
        if self.exits.is_empty() {
            return;
        }
        let worked = self.exits.keys().copied().filter(|(slot, _)| !self.holds_exits(*slot));
        let mut wanted: Vec<(SlotId, MarketId)> = worked.collect();
        // Those that reduce the account's own position first, then by names: numbers decide nothing.
        wanted.sort_by_cached_key(|&(slot, market)| {
            let side = self.exit_side(slot, market);
            let grows = self.risk.reducible(market, side).is_zero();
            let ticker = self.market(market).map(|listed| listed.ticker.clone());
            (grows, ticker, self.slot_name(slot).to_owned())
        });
        for (slot, market) in wanted {
            self.quote_exit(slot, market, effects);
        }
    }

    fn quote_exit(&mut self, slot: SlotId, market: MarketId, effects: &mut Vec<Effect>) {
        let held = self.held(slot, market);
        let leaving = self.orders.of(slot, market, Intent::Exit).next().is_some();
        let refused = if held.is_zero() || leaving { None } else { self.send_exit(slot, market, held, effects).err() };
        let Some(exit) = self.exits.get_mut(&(slot, market)) else { return };
        let code = refused.as_ref().map(|refused| refused.verdict.code.clone());
        let again = exit.refused == code;
        exit.refused = code;
        let Some(refused) = refused else {
            if exit.blocked.take().is_some() {
                effects.push(Effect::Record(Record::ExitFreed { slot, market, time: self.now }));
            }
            return;
        };
        // An own order in the way has just been cancelled: people are told only if it stays there.
        let passing = refused.verdict.code == RefusalCode::SelfMatch.as_str() && !again;
        let since = exit.blocked.as_ref().map_or(self.now, |blocked| blocked.since);
        let known = exit.blocked.as_ref().is_some_and(|blocked| blocked.verdict.code == refused.verdict.code);
        if !passing && !known {
            let verdict = refused.verdict.clone();
            exit.blocked = Some(Blocked { since, verdict: verdict.clone() });
            effects.push(Effect::Record(Record::ExitBlocked { slot, market, time: self.now, since, held, verdict }));
        }
        if !again {
            effects.push(Effect::Record(Record::Refused(refused)));
        }
    }

    fn send_exit(
        &mut self,
        slot: SlotId,
        market: MarketId,
        held: Qty,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refused> {
        let side = self.exit_side(slot, market);
        let priced = self
            .quotes
            .quote(market)
            .zip(self.market(market))
            .and_then(|(quote, listed)| Some((quote, self.exit_price(slot, side, &quote, listed)?)));
        let Some((quote, price)) = priced else {
            return Err(self.refused(slot, market, side, RefusalCode::no_book()));
        };
        let mut sent = self.send(slot, market, side, price, held.abs(), Intent::Exit, &quote, effects);
        let reducible = self.risk.reducible(market, side);
        let refused_by = |sent: &Result<(), Refused>, holds: fn(&str) -> bool| {
            sent.as_ref().is_err_and(|refused| holds(&refused.verdict.code))
        };
        if refused_by(&sent, RefusalCode::stops_growth) && reducible < held.abs() {
            // At the venue, which nets, a part of it opens risk, and must wait. The other part goes; entries on the
            // same side would use up the room that it needs.
            let in_way = |order: &Order| order.market == market && order.side == side && order.intent == Intent::Entry;
            self.cancel_where(in_way, effects);
            if !reducible.is_zero() {
                sent = self.send(slot, market, side, price, reducible, Intent::Exit, &quote, effects);
            }
        }
        if refused_by(&sent, |code| code == RefusalCode::SelfMatch.as_str()) {
            let in_way = |order: &Order| order.market == market && order.side != side && order.meets(price);
            let reduces = !reducible.is_zero();
            self.cancel_where(|order| in_way(order) && (order.intent == Intent::Entry || reduces), effects);
        }
        sent
    }

    /// Returns the price of an exit. It lies within the collar or on the book's own prices, wherever there is a book.
    fn exit_price(&self, slot: SlotId, side: Side, quote: &Quote, listed: &Market) -> Option<Price> {
        let policy = &self.policy;
        let overdue = |exit: &WantedExit| {
            exit.at_once || exit.is_overdue(self.now, policy.exit_escalates_after, policy.order_expiry)
        };
        let escalated = self.exits.get(&(slot, listed.id)).is_some_and(overdue);
        let pricing = if escalated { Pricing::Cross } else { policy.exit_pricing };
        let price = [pricing, Pricing::Cross, Pricing::Join]
            .into_iter()
            .find_map(|pricing| pricing.limit(side, quote, &listed.ticks))?;
        let (low_doubled, high_doubled) = exit_collar(quote, self.risk.limits().max_price_deviation)?;
        let edge = match side {
            Side::Sell => listed.ticks.at_or_below(Price(high_doubled / 2)).filter(|&edge| edge < price),
            Side::Buy => listed.ticks.at_or_above(Price((low_doubled + 1) / 2)).filter(|&edge| edge > price),
        };
        Some(edge.filter(|&edge| Price::ZERO < edge && edge < Price::ONE).unwrap_or(price))
    }

    /// Returns the refusal of a wish that did not become an order.
    pub(super) fn refused(&self, slot: SlotId, market: MarketId, side: Side, verdict: Verdict) -> Refused {
        Refused { time: self.now, slot, market, side: Some(side), qty: Qty::ZERO, price: None, verdict }
    }

    /// Returns the side of an order that closes the slot's position.
    fn exit_side(&self, slot: SlotId, market: MarketId) -> Side {
        if self.held(slot, market) > Qty::ZERO { Side::Sell } else { Side::Buy }
    }

    fn is_entering(&self, slot: SlotId, market: MarketId) -> bool {
        self.orders.of(slot, market, Intent::Entry).next().is_some()
    }
}

/// Returns twice the lowest and twice the highest price of an exit. In a wide book the own side's best price can lie
/// beyond `band` from the mid, and an exit is priced as near to it as the band allows. A book without a mid to trust
/// (locked, crossed, or with one side) is measured from its own prices. `None` without a side.
fn exit_collar(quote: &Quote, band: Price) -> Option<(i32, i32)> {
    let (bid, ask) = (quote.bid.or(quote.ask)?.0, quote.ask.or(quote.bid)?.0);
    let (low_doubled, high_doubled) = if bid < ask { (bid + ask, bid + ask) } else { (2 * ask, 2 * bid) };
    Some((low_doubled - 2 * band.0, high_doubled + 2 * band.0))
}
