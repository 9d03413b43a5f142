//! Working orders: from the moment they leave until a terminal state.

use std::collections::BTreeMap;

use crate::market::MarketId;
use crate::money::Qty;
use crate::order::{Intent, Order, OrderId};
use crate::strategy::SlotId;

/// An order that may still trade.
#[derive(Clone, Debug)]
pub(super) struct Working {
    pub order: Order,
    pub filled: Qty,
    /// A cancel was sent; it may still be filled until the venue says that it is closed.
    pub cancelling: bool,
}

impl Working {
    pub fn open(&self) -> Qty {
        self.order.qty - self.filled
    }
}

/// All working orders. Few at any time, so that look-ups by slot and market are walks.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    working: BTreeMap<OrderId, Working>,
    last_id: u64,
}

impl Orders {
    /// A number that no order of this run had before.
    pub fn next_id(&mut self) -> OrderId {
        self.last_id += 1;
        OrderId(self.last_id)
    }

    pub fn insert(&mut self, order: Order) {
        self.working.insert(order.id, Working { order, filled: Qty::ZERO, cancelling: false });
    }

    pub fn get_mut(&mut self, id: OrderId) -> Option<&mut Working> {
        self.working.get_mut(&id)
    }

    pub fn remove(&mut self, id: OrderId) -> Option<Working> {
        self.working.remove(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Working> {
        self.working.values()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Working> {
        self.working.values_mut()
    }

    pub fn of(&self, slot: SlotId, market: MarketId, intent: Intent) -> impl Iterator<Item = &Working> {
        self.iter().filter(move |working| {
            let order = &working.order;
            order.slot == slot && order.market == market && order.intent == intent
        })
    }

    pub fn in_market(&self, market: MarketId) -> bool {
        self.iter().any(|working| working.order.market == market)
    }

    pub fn len(&self) -> usize {
        self.working.len()
    }
}
