//! A wish to open a position becomes an order, or a refusal.
//!
//! A strategy repeats its wish on every row while it holds; only the first row on which there is something to do acts.

use super::{Effect, Engine};
use crate::market::MarketId;
use crate::money::{Price, Qty};
use crate::order::{Intent, Order, Side, TimeInForce};
use crate::quote::Quote;
use crate::record::{Record, Refused, SignalRecord, Verdict};
use crate::risk::{Context, RefusalCode};
use crate::strategy::{Signal, SlotId};

impl Engine {
    pub(super) fn on_entry_signal(
        &mut self,
        slot: SlotId,
        market: MarketId,
        side: Side,
        signal: &Signal,
        effects: &mut Vec<Effect>,
    ) {
        let held = self.held(slot, market);
        if held.0 * side.sign() < 0 {
            // The opposite of what is held: close it. It is opened the other way only from flat.
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
        // Warm-up: nothing is opened yet. What is held after a restart may be left all the same.
        if self.now < self.trade_from {
            return;
        }
        if self.entry_retries.get(&(slot, market)).is_some_and(|&retry| self.now < retry) {
            return;
        }
        self.record_signal(slot, market, signal, effects);
        if let Err(refused) = self.enter(slot, market, side, signal, effects) {
            self.entry_retries.insert((slot, market), self.now + self.settings.refused_entry_retry);
            effects.push(Effect::Record(Record::Refused(refused)));
        }
    }

    /// Cancels what would open a position of `slot` in `market`.
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
        let refused = |engine: &Engine, code: RefusalCode, value: String, limit: &str, price| Refused {
            time: engine.now,
            slot,
            market,
            side: Some(side),
            qty: Qty::ZERO,
            price,
            verdict: Verdict { code: code.as_str().to_owned(), value, limit: limit.to_owned() },
        };
        let Some(quote) = self.book.quote(market) else {
            return Err(refused(self, RefusalCode::NoPrice, "absent".to_owned(), "present", None));
        };
        let ticks = &self.markets[market.index()].ticks;
        let Some(price) = self.settings.entry_pricing.limit(side, &quote, ticks) else {
            return Err(refused(self, RefusalCode::NoPrice, "absent".to_owned(), "present", None));
        };
        let cap = self.risk.limits().max_order_size;
        let wanted = self.settings.sizing.contracts(signal.confidence, cap);
        let context = Context { now: self.now, market: &self.markets[market.index()], quote: &quote };
        let room = self.risk.room(slot, side, price, &context).whole();
        let qty = wanted.min(room);
        if qty < Qty::ONE && wanted < Qty::ONE {
            return Err(refused(self, RefusalCode::InvalidQuantity, wanted.to_string(), "1", Some(price)));
        }
        // Without room for one contract the whole wish goes to the check, which names the limit that is in the way.
        let qty = if qty < Qty::ONE { wanted } else { qty };
        self.send(slot, market, side, price, qty, Intent::Entry, &quote, effects)
    }

    /// Sends an order if risk approves of it. The one door out.
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
        let order = Order {
            id: self.orders.next_id(),
            slot,
            market,
            side,
            price,
            qty,
            time_in_force: TimeInForce::GoodTill(self.now + self.settings.order_expiry),
            intent,
            created: self.now,
            arrival_mid_doubled: quote.mid_doubled().unwrap_or(2 * price.0),
        };
        let context = Context { now: self.now, market: &self.markets[market.index()], quote };
        let (approved, verdicts) = self.risk.check(order, &context)?;
        let order = approved.as_ref().clone();
        self.orders.insert(order.clone());
        self.rewatch(market);
        effects.push(Effect::Record(Record::Placed { order, verdicts }));
        effects.push(Effect::Place(approved));
        Ok(())
    }
}
