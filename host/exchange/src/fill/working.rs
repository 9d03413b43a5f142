//! One working order, and what the exchange knows of one market.

use host_core::{Fill, Order, OrderState, Price, Qty, Side, TimeInForce, Timestamp, VenueEvent};

use super::agenda::{Due, DueKind};
use super::chance::Answer;
use super::touch::Top;
use crate::fees::{FeeAccumulator, FeeSchedule};

/// An order that can still fill.
#[derive(Debug)]
pub(super) struct Working {
    pub(super) order: Order,
    /// What is not filled yet.
    pub(super) left: Qty,
    /// Whether it crossed the market when it arrived.
    pub(super) is_marketable: bool,
    /// The probabilistic model's verdict, until it has arrived.
    pub(super) answer: Option<Answer>,
    accumulator: FeeAccumulator,
}

impl Working {
    pub(super) fn new(order: &Order, is_marketable: bool) -> Self {
        let accumulator = FeeAccumulator::default();
        Working { left: order.qty, is_marketable, answer: None, accumulator, order: order.clone() }
    }

    /// Fills `qty`, never more than is left.
    pub(super) fn fill(
        &mut self,
        fees: FeeSchedule,
        time: Timestamp,
        price: Price,
        qty: Qty,
        taker: bool,
    ) -> VenueEvent {
        let qty = qty.min(self.left);
        self.left -= qty;
        let fee = fees.charge(&mut self.accumulator, self.order.side, price, qty, taker);
        VenueEvent::Filled(Fill { order: self.order.id, time, price, qty, fee, taker })
    }

    /// It ends unfilled, or with what was filled.
    pub(super) fn closed(&self, time: Timestamp, state: OrderState, reason: impl Into<String>) -> VenueEvent {
        VenueEvent::Closed { order: self.order.id, time, state, reason: reason.into() }
    }

    /// Price priority: higher comes first. Buys and sells share no liquidity, so they need no order among each other.
    pub(super) fn priority(&self) -> i32 {
        match self.order.side {
            Side::Buy => self.order.price.0,
            Side::Sell => self.order.price.complement().0,
        }
    }

    /// What is due for it in a market that closes at `closes`.
    pub(super) fn dues(&self, closes: Option<Timestamp>) -> impl Iterator<Item = Due> {
        let end = self.expiry().into_iter().chain(closes).min().map(|time| (time, DueKind::End));
        let answer = self.answer.map(|answer| (answer.time, DueKind::Answer));
        let (order, market) = (self.order.id, self.order.market);
        end.into_iter().chain(answer).map(move |(time, kind)| Due { time, kind, order, market })
    }

    pub(super) fn expiry(&self) -> Option<Timestamp> {
        match self.order.time_in_force {
            TimeInForce::GoodTill(time) => Some(time),
            TimeInForce::ImmediateOrCancel => None,
        }
    }
}

/// One market.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// When it stops trading, if that was announced.
    pub(super) closes: Option<Timestamp>,
    pub(super) is_settled: bool,
    /// Kept by the touch model while rows matter: while an order works, or displayed size is remembered as taken.
    pub(super) top: Option<Top>,
    /// In price-time priority.
    pub(super) orders: Vec<Working>,
}

impl Desk {
    /// Adds `working` behind those that are as good.
    pub(super) fn insert(&mut self, working: Working) {
        let index = self.orders.partition_point(|other| other.priority() >= working.priority());
        self.orders.insert(index, working);
    }

    /// Whether the next row can change anything here.
    pub(super) fn needs_rows(&self) -> bool {
        self.top.is_some_and(|top| !self.orders.is_empty() || !top.is_untouched())
    }
}
