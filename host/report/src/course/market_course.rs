//! The orders and fills of one market over time.

use host_core::{Fill, Intent, Order, Price, Qty, Side, Timestamp};

/// An order, from its decision to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLine {
    pub side: Side,
    pub intent: Intent,
    /// Limit price of YES.
    pub price: Price,
    pub created: Timestamp,
    /// `None` while it works.
    pub ended: Option<Timestamp>,
}

/// An execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradedPoint {
    pub time: Timestamp,
    pub side: Side,
    /// Price of YES.
    pub price: Price,
    pub qty: Qty,
}

/// The orders and fills of one market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketCourse {
    /// In the order of their decision.
    pub orders: Vec<OrderLine>,
    /// In the order of time.
    pub fills: Vec<TradedPoint>,
    /// Time of the payout, and what a YES contract was paid.
    pub settled: Option<(Timestamp, Price)>,
}

impl MarketCourse {
    /// Adds `order`, which works, and returns its place among the orders.
    pub(super) fn placed(&mut self, order: &Order) -> usize {
        let Order { side, intent, price, created, .. } = *order;
        self.orders.push(OrderLine { side, intent, price, created, ended: None });
        self.orders.len() - 1
    }

    pub(super) fn filled(&mut self, side: Side, fill: &Fill) {
        self.fills.push(TradedPoint { time: fill.time, side, price: fill.price, qty: fill.qty });
    }

    /// Ends the order at `place`.
    pub(super) fn done(&mut self, place: usize, time: Timestamp) {
        self.orders[place].ended = Some(time);
    }
}
