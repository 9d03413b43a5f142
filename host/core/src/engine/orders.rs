//! Working orders: from the moment they leave until a terminal state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::Qty;
use crate::order::{Intent, Order, OrderId};
use crate::strategy::SlotId;

/// An order that may still trade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// The number that was given out last.
    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Goes on with the numbers behind `last_id`.
    pub fn resume_after(&mut self, last_id: u64) {
        self.last_id = last_id;
    }

    /// Takes over an order from before a restart.
    pub fn adopt(&mut self, working: Working) {
        self.working.insert(working.order.id, working);
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
