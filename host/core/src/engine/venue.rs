//! What the venue says about orders: fills and ends. The venue's word counts; it is never refused, only written down.
//!
//! A word about an order that is not working is the one exception: the engine has nothing to book it on and ignores it. A shell
//! must not let that happen with a fill: what traded without a known order is a mismatch, to be reported as such.

use super::{Effect, Engine};
use crate::event::VenueEvent;
use crate::order::{Fill, Intent, OrderId, OrderState};
use crate::record::{Record, Trade};
use crate::strategy::FillView;
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
        // Orders from before a restart may have no strategy any more.
        if let Some(slot) = self.slots.get_mut(usize::from(order.slot.0)).filter(|slot| slot.feedback()) {
            slot.fills.push(FillView {
                market: order.market,
                time: fill.time,
                quantity: order.side.signed(fill.qty).as_contracts(),
                price: fill.price.dollars(),
            });
        }
        if let Some(trade) = trade {
            self.on_trade(trade, effects);
        }
        if filled >= order.qty {
            self.end(order.id, fill.time, OrderState::Filled, "", effects);
        }
        self.rewatch(order.market);
        if let Some(change) = change {
            self.on_trading_change(change, effects);
        }
        self.on_equity(effects);
    }

    fn on_closed(&mut self, id: OrderId, time: Timestamp, state: OrderState, reason: &str, effects: &mut Vec<Effect>) {
        self.advance_to(time, effects);
        let Some(order) = self.end(id, time, state, reason, effects) else { return };
        if order.intent == Intent::Exit
            && state == OrderState::Expired
            && let Some(exit) = self.exits.get_mut(&(order.slot, order.market))
        {
            exit.expiries += 1;
        }
        self.rewatch(order.market);
    }

    /// An order has come to its end: what it used of the limits is free again.
    fn end(
        &mut self,
        id: OrderId,
        time: Timestamp,
        state: OrderState,
        reason: &str,
        effects: &mut Vec<Effect>,
    ) -> Option<crate::order::Order> {
        let working = self.orders.remove(id)?;
        // A full fill has been booked as it came.
        let change = match state {
            OrderState::Filled => None,
            _ => self.risk.on_closed(&working.order, time, state),
        };
        let reason = reason.to_owned();
        effects.push(Effect::Record(Record::Done { order: id, time, state, filled: working.filled, reason }));
        if let Some(change) = change {
            self.on_trading_change(change, effects);
        }
        Some(working.order)
    }

    pub(super) fn on_trade(&mut self, trade: Trade, effects: &mut Vec<Effect>) {
        let change = self.risk.on_trade(&trade);
        effects.push(Effect::Record(Record::Trade(trade)));
        if let Some(change) = change {
            self.on_trading_change(change, effects);
        }
    }
}
