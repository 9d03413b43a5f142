//! Exit signals. A wanted exit is quoted until the position is flat: again after each expiry, and at the opposite best
//! price once it has expired too often.

use super::wanted_exit::WantedExit;
use super::{Effect, Engine};
use crate::market::MarketId;
use crate::money::Qty;
use crate::order::{Intent, Side};
use crate::pricing::Pricing;
use crate::record::Record;
use crate::strategy::{Signal, SlotId};

impl Engine {
    pub(super) fn on_exit_signal(
        &mut self,
        slot: SlotId,
        market: MarketId,
        signal: &Signal,
        effects: &mut Vec<Effect>,
    ) {
        let entering = self.orders.of(slot, market, Intent::Entry).next().is_some();
        let wanted = entering || !self.held(slot, market).is_zero();
        if !wanted || self.exits.contains_key(&(slot, market)) {
            return;
        }
        self.record_signal(slot, market, signal, effects);
        self.exits.insert((slot, market), WantedExit::default());
        self.cancel_entries(slot, market, effects);
    }

    /// Sends an order for every wanted exit that has none working, and drops the exits whose position is flat.
    pub(super) fn quote_exits(&mut self, effects: &mut Vec<Effect>) {
        if self.exits.is_empty() {
            return;
        }
        let wanted: Vec<(SlotId, MarketId)> = self.exits.keys().copied().collect();
        for (slot, market) in wanted {
            self.quote_exit(slot, market, effects);
        }
    }

    fn quote_exit(&mut self, slot: SlotId, market: MarketId, effects: &mut Vec<Effect>) {
        let held = self.held(slot, market);
        let entering = self.orders.of(slot, market, Intent::Entry).next().is_some();
        if held.is_zero() {
            // An entry that is being cancelled may still fill.
            if !entering {
                self.exits.remove(&(slot, market));
            }
            return;
        }
        let leaving: Qty = self.orders.of(slot, market, Intent::Exit).map(|working| working.open()).sum();
        let rest = held.abs() - leaving;
        // A slot can be missing: an exit wanted before a restart stays wanted even if its strategy was not loaded
        // again.
        let quarantined = self.slots.get(usize::from(slot.0)).is_some_and(|slot| slot.quarantined);
        if rest <= Qty::ZERO || !leaving.is_zero() || quarantined {
            return;
        }
        let side = if held > Qty::ZERO { Side::Sell } else { Side::Buy };
        let pricing = self.exit_pricing(slot, market);
        let (Some(quote), Some(listed)) = (self.quotes.quote(market), self.market(market)) else { return };
        let Some(price) = pricing.limit(side, &quote, &listed.ticks) else { return };
        let refused = self.send(slot, market, side, price, rest, Intent::Exit, &quote, effects).err();
        let Some(exit) = self.exits.get_mut(&(slot, market)) else { return };
        let code = refused.as_ref().map(|refused| refused.verdict.code.clone());
        if let Some(refused) = refused.filter(|_| exit.refused != code) {
            effects.push(Effect::Record(Record::Refused(refused)));
        }
        exit.refused = code;
    }

    fn exit_pricing(&self, slot: SlotId, market: MarketId) -> Pricing {
        let patience = self.policy.exit_escalates_after;
        let expiries = self.exits.get(&(slot, market)).map_or(0, |exit| exit.expiries);
        if patience > 0 && expiries >= patience { Pricing::Cross } else { self.policy.exit_pricing }
    }
}
