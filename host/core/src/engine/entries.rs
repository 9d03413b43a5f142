//! Entry signals: each becomes an order, a refusal, or nothing.
//!
//! A strategy repeats its signal on every row while it holds. Only the first row on which there is something to do has
//! an effect. The entries that all strategies ask for in one poll are granted in an order that depends on nothing but
//! the wishes themselves: the largest score first (the confidence where there is no score), then by ticker, then by
//! the slot's name. No number and no order of files, listings or arguments decides who gets the last free place.

use super::entry_wish::EntryWish;
use super::{Effect, Engine};
use crate::market::MarketId;
use crate::money::{Price, Qty};
use crate::order::{Intent, Order, Side};
use crate::quote::Quote;
use crate::record::{Record, Refused, SignalRecord};
use crate::risk::{CheckContext, RefusalCode};
use crate::strategy::{Signal, SlotId};

impl Engine {
    pub(super) fn on_entry_signal(
        &mut self,
        slot: SlotId,
        market: MarketId,
        side: Side,
        signal: &Signal,
        score: Option<f64>,
        effects: &mut Vec<Effect>,
    ) {
        let held = self.held(slot, market);
        if held.0.signum() == -side.sign() {
            // A signal against the position only closes it: the other side is opened from flat, by a later signal.
            return self.on_exit_signal(slot, market, signal, effects);
        }
        if !held.is_zero() || self.exits.contains_key(&(slot, market)) {
            return;
        }
        let entering = self.orders.of(slot, market, Intent::Entry).next().map(|working| working.order.side);
        if let Some(working_side) = entering {
            if working_side != side {
                self.cancel_entries(slot, market, effects);
            }
            return;
        }
        // During warm-up no position is opened. Exits, handled above, are allowed: a restart may have left positions.
        if self.now < self.trades_from(slot) {
            return;
        }
        if self.must_wait(slot, market, side) {
            return;
        }
        let rank = score.map_or(signal.confidence, f64::abs);
        self.wishes.push(EntryWish { slot, market, side, signal: signal.clone(), rank });
    }

    /// Turns the wishes of this poll into orders or refusals.
    pub(super) fn grant_wishes(&mut self, effects: &mut Vec<Effect>) {
        if self.wishes.is_empty() {
            return;
        }
        let mut wishes = std::mem::take(&mut self.wishes);
        if wishes.len() > 1 {
            wishes.sort_by(|one, other| {
                let ticker = |wish: &EntryWish| self.market(wish.market).map(|listed| listed.ticker.as_str());
                let by_rank = other.rank.total_cmp(&one.rank);
                let by_ticker = by_rank.then_with(|| ticker(one).cmp(&ticker(other)));
                by_ticker.then_with(|| self.slot_name(one.slot).cmp(self.slot_name(other.slot)))
            });
        }
        for wish in wishes.drain(..) {
            self.grant(&wish, effects);
        }
        self.wishes = wishes;
    }

    fn grant(&mut self, wish: &EntryWish, effects: &mut Vec<Effect>) {
        let EntryWish { slot, market, side, ref signal, .. } = *wish;
        // A strategy may answer several rows of one market in one poll: only its first wish counts.
        if self.must_wait(slot, market, side) || self.orders.of(slot, market, Intent::Entry).next().is_some() {
            return;
        }
        self.record_signal(slot, market, signal, effects);
        if let Err(refused) = self.enter(slot, market, side, signal, effects) {
            self.hold_back(slot, market, side);
            effects.push(Effect::Record(Record::Refused(refused)));
        }
    }

    /// Returns true if entries on `side` wait after a refusal.
    fn must_wait(&self, slot: SlotId, market: MarketId, side: Side) -> bool {
        self.entry_retries.get(&(slot, market, side)).is_some_and(|&retry| self.now < retry)
    }

    /// Lets entries on `side` wait: one was refused here or by the venue.
    pub(super) fn hold_back(&mut self, slot: SlotId, market: MarketId, side: Side) {
        self.entry_retries.insert((slot, market, side), self.now + self.policy.refused_entry_retry);
    }

    /// Cancels the working entry orders of `slot` in `market`.
    pub(super) fn cancel_entries(&mut self, slot: SlotId, market: MarketId, effects: &mut Vec<Effect>) {
        let entry = |order: &Order| order.slot == slot && order.market == market && order.intent == Intent::Entry;
        self.cancel_where(entry, effects);
    }

    pub(super) fn record_signal(&self, slot: SlotId, market: MarketId, signal: &Signal, effects: &mut Vec<Effect>) {
        effects.push(Effect::Record(Record::Signal(SignalRecord {
            slot,
            time: self.now,
            market,
            action: signal.action,
            confidence: signal.confidence,
            metadata: signal.metadata.clone(),
        })));
    }

    fn enter(
        &mut self,
        slot: SlotId,
        market: MarketId,
        side: Side,
        signal: &Signal,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refused> {
        let no_price = || self.refused(slot, market, side, RefusalCode::NoPrice.verdict("absent", "present"));
        let (Some(quote), Some(listed)) = (self.quotes.quote(market), self.market(market)) else {
            return Err(no_price());
        };
        let preferred = signal.price.and_then(Price::from_dollars);
        let Some(price) = self.policy.entry_pricing.limit(side, &quote, &listed.ticks, preferred) else {
            return Err(no_price());
        };
        let limits = self.risk.limits();
        let wanted = self.policy.sizing.contracts(signal.confidence, limits.max_position_size);
        let context = CheckContext { now: self.now, market: listed, quote: &quote, funds: self.funds() };
        let allowed = self.risk.max_entry_qty(slot, side, price, &context).whole();
        let qty = wanted.min(allowed);
        if wanted < Qty::ONE {
            let verdict = RefusalCode::InvalidQuantity.verdict(wanted, "1");
            return Err(Refused { price: Some(price), ..self.refused(slot, market, side, verdict) });
        }
        // If not even one contract is allowed, check the largest order: the refusal then names the binding limit.
        let largest = wanted.min(limits.max_order_size.max(Qty::ONE));
        let qty = if qty < Qty::ONE { largest } else { qty };
        self.send(slot, market, side, price, qty, Intent::Entry, &quote, effects)
    }

    /// Sends an order if the risk manager approves it. This is the only place that emits [`Effect::Place`].
    #[expect(clippy::too_many_arguments, reason = "an order has that many parts")]
    pub(super) fn send(
        &mut self,
        slot: SlotId,
        market: MarketId,
        side: Side,
        price: Price,
        qty: Qty,
        intent: Intent,
        quote: &Quote,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refused> {
        // Callers have priced the order by the ticks of the market, so it is listed.
        let Ok(place) = self.place(market) else { return Ok(()) };
        let order = Order {
            id: self.orders.next_id(),
            slot,
            market,
            side,
            price,
            qty,
            time_in_force: self.policy.time_in_force(intent, self.now),
            intent,
            created: self.now,
            arrival_mid_doubled: quote.mid_doubled().unwrap_or(2 * price.0),
        };
        let context = CheckContext { now: self.now, market: &self.markets[place], quote, funds: self.funds() };
        let (approved, verdicts) = self.risk.check(order, &context)?;
        let order = approved.as_ref().clone();
        self.orders.insert(order.clone());
        self.update_watched(market);
        effects.push(Effect::Record(Record::Placed { order, verdicts }));
        effects.push(Effect::Place(approved));
        Ok(())
    }
}
