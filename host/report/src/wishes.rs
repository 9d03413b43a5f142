//! Wishes: what a strategy wanted, over all the orders that were sent for it.
//!
//! An order rests for minutes and is then sent again at another price. Whether one of these orders fills says little;
//! whether the strategy got in says what it missed. The case study's rates are of this kind.

use std::collections::BTreeMap;

use host_core::{Fill, Intent, MarketId, Order, OrderId, OrderState, Qty, Side, SlotId, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ratios::ratio;

/// An entry that is sent no later than this after the end of the former one is of the same wish.
const SAME_WISH: Span = Span::minutes(10);

/// Number of wishes to enter a market, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishFigures {
    /// Filled at least in part.
    pub filled: u64,
    /// Nothing filled, and no order was sent any more.
    pub given_up: u64,
    /// Nothing has filled yet, and an order works.
    pub open: u64,
}

impl WishFigures {
    /// Returns the part of the wishes that have ended which were filled.
    pub(crate) fn rate(self) -> Option<f64> {
        ratio(self.filled as f64, (self.filled + self.given_up) as f64)
    }
}

/// Who wants what.
type Wanted = (SlotId, MarketId, Side);

/// A wish of which nothing has filled.
#[derive(Clone, Copy, Debug)]
struct OpenWish {
    working: u32,
    /// The end of its latest order.
    ended: Timestamp,
}

/// Wishes so far. Memory grows with markets and slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    open: BTreeMap<Wanted, OpenWish>,
    /// Working entries whose wish is open.
    orders: BTreeMap<OrderId, Wanted>,
    filled: u64,
    given_up: u64,
}

impl Wishes {
    pub(crate) fn on_placed(&mut self, order: &Order) {
        if order.intent != Intent::Entry {
            return;
        }
        let wanted = (order.slot, order.market, order.side);
        let wish = self.open.entry(wanted).or_insert(OpenWish { working: 0, ended: order.created });
        if wish.working == 0 && order.created - wish.ended > SAME_WISH {
            self.given_up += 1;
        }
        wish.working += 1;
        self.orders.insert(order.id, wanted);
    }

    /// Adds a fill: it ends the wish, and later orders are of another one.
    pub(crate) fn on_fill(&mut self, fill: &Fill) {
        if fill.qty == Qty::ZERO {
            return;
        }
        let Some(wanted) = self.orders.get(&fill.order).copied() else { return };
        self.open.remove(&wanted);
        self.orders.retain(|_, other| *other != wanted);
        self.filled += 1;
    }

    pub(crate) fn on_done(&mut self, order: OrderId, state: OrderState, time: Timestamp) {
        if !state.is_terminal() {
            return;
        }
        let Some(wish) = self.orders.remove(&order).and_then(|wanted| self.open.get_mut(&wanted)) else { return };
        wish.working = wish.working.saturating_sub(1);
        wish.ended = time;
    }

    pub(crate) fn figures(&self) -> WishFigures {
        let open = self.open.values().filter(|wish| wish.working > 0).count() as u64;
        let given_up = self.given_up + self.open.len() as u64 - open;
        WishFigures { filled: self.filled, given_up, open }
    }
}
