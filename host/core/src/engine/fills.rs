//! Venue events: fills and the ends of orders. They are facts: the engine books them and never rejects them.
//!
//! The one exception is an event about an order that is not working: there is nothing to book it on, and the engine
//! ignores it. The host must not let that happen with a fill: a fill without a known order is a mismatch and has to be
//! reported as one.

use super::{Effect, Engine};
use crate::event::VenueEvent;
use crate::order::{Fill, Intent, Order, OrderId, TimeInForce};
use crate::order_state::OrderState;
use crate::record::{Record, Trade};
use crate::time::Timestamp;

impl Engine {
    pub(super) fn on_venue(&mut self, event: &VenueEvent, effects: &mut Vec<Effect>) {
        match event {
            VenueEvent::Filled(fill) => self.on_fill(fill, effects),
            VenueEvent::Closed { order, time, state, reason } => self.on_closed(*order, *time, *state, reason, effects),
        }
    }

    fn on_fill(&mut self, fill: &Fill, effects: &mut Vec<Effect>) {
        self.advance_to(fill.time, effects);
        let Some(working) = self.orders.get_mut(fill.order) else { return };
        working.filled += fill.qty;
        let (order, filled) = (working.order.clone(), working.filled);
        let trade = self.portfolio.on_fill(order.slot, order.market, order.side, fill);
        let change = self.risk.on_fill(&order, fill);
        let position = self.held(order.slot, order.market);
        effects.push(Effect::Record(Record::Filled {
            slot: order.slot,
            market: order.market,
            side: order.side,
            fill: *fill,
            arrival_mid_doubled: order.arrival_mid_doubled,
            position,
        }));
        // The strategy of an order from before a restart may not have been loaded again.
        if let Some(slot) = self.slots.get_mut(usize::from(order.slot.0)) {
            slot.note_fill(fill.view(order.market, order.side));
        }
        if let Some(trade) = trade {
            self.on_trade(trade, effects);
        }
        if filled >= order.qty {
            self.end(order.id, fill.time, OrderState::Filled, "", effects);
        }
        self.mark_after_fill(order.market);
        self.forget_finished_exit(order.slot, order.market, effects);
        self.update_watched(order.market);
        if let Some(change) = change {
            self.on_trading_change(change, effects);
        }
        self.on_equity(effects);
    }

    fn on_closed(&mut self, id: OrderId, time: Timestamp, state: OrderState, reason: &str, effects: &mut Vec<Effect>) {
        self.advance_to(time, effects);
        let Some(order) = self.end(id, time, state, reason, effects) else { return };
        // An immediate order ends like one that expires: what did not fill at once is gone.
        let has_expired = state == OrderState::Expired
            || (state == OrderState::Cancelled && order.time_in_force == TimeInForce::ImmediateOrCancel);
        if order.intent == Intent::Exit
            && has_expired
            && let Some(exit) = self.exits.get_mut(&(order.slot, order.market))
        {
            exit.expiries += 1;
        }
        if order.intent == Intent::Entry && state == OrderState::Rejected {
            self.hold_back(order.slot, order.market, order.side);
        }
        self.forget_finished_exit(order.slot, order.market, effects);
        self.update_watched(order.market);
    }

    /// Removes an order that reached a terminal state and releases the limits that it used.
    fn end(
        &mut self,
        id: OrderId,
        time: Timestamp,
        state: OrderState,
        reason: &str,
        effects: &mut Vec<Effect>,
    ) -> Option<Order> {
        let working = self.orders.remove(id)?;
        // A full fill has released it already.
        let change = self.risk.on_closed(&working.order, time, state);
        let reason = reason.to_owned();
        effects.push(Effect::Record(Record::Done { order: id, time, state, filled: working.filled, reason }));
        if let Some(change) = change {
            self.on_trading_change(change, effects);
        }
        Some(working.order)
    }

    pub(super) fn on_trade(&mut self, trade: Trade, effects: &mut Vec<Effect>) {
        let (change, of_slot) = self.risk.on_trade(&trade);
        effects.push(Effect::Record(Record::Trade(trade)));
        if let Some(change) = change {
            self.on_trading_change(change, effects);
        }
        if let Some(change) = of_slot {
            self.on_slot_change(change, effects);
        }
    }
}
