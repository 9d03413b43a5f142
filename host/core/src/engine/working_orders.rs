//! Working orders: from approval to a terminal state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::Qty;
use crate::order::{Intent, Order, OrderId};
use crate::strategy::SlotId;

/// An order that may still trade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkingOrder {
    pub order: Order,
    pub filled: Qty,
    /// True once a cancel was sent. The order may still fill until the venue reports that it is closed.
    pub cancelling: bool,
}

impl WorkingOrder {
    /// Returns the quantity that is not yet filled.
    pub fn open(&self) -> Qty {
        self.order.qty - self.filled
    }
}

/// All working orders. There are few at any time, so look-ups by slot and market scan the whole map.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkingOrders {
    working: BTreeMap<OrderId, WorkingOrder>,
    last_id: u64,
}

impl WorkingOrders {
    /// Returns an order number that was never used in this run.
    pub fn next_id(&mut self) -> OrderId {
        self.last_id += 1;
        OrderId(self.last_id)
    }

    /// Returns the number that was assigned last.
    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Continues numbering after `last_id`.
    pub fn resume_after(&mut self, last_id: u64) {
        self.last_id = last_id;
    }

    /// Adds an order that was working before a restart.
    pub fn adopt(&mut self, working: WorkingOrder) {
        self.working.insert(working.order.id, working);
    }

    pub fn insert(&mut self, order: Order) {
        self.working.insert(order.id, WorkingOrder { order, filled: Qty::ZERO, cancelling: false });
    }

    pub fn get_mut(&mut self, id: OrderId) -> Option<&mut WorkingOrder> {
        self.working.get_mut(&id)
    }

    pub fn remove(&mut self, id: OrderId) -> Option<WorkingOrder> {
        self.working.remove(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &WorkingOrder> {
        self.working.values()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut WorkingOrder> {
        self.working.values_mut()
    }

    pub fn of(&self, slot: SlotId, market: MarketId, intent: Intent) -> impl Iterator<Item = &WorkingOrder> {
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
