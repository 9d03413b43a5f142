//! A working order, and the state of one market.

use host_core::{Fill, Order, OrderState, Price, Qty, Side, Ticks, TimeInForce, Timestamp, VenueEvent};

use super::chance::FillOutcome;
use super::queue::{QueuePlace, TradedAtBest};
use super::schedule::{ScheduledEvent, ScheduledKind};
use super::touch::TouchMemory;
use host_core::fees::{FeeAccumulator, FeeSchedule};

/// An order that can still fill.
#[derive(Debug)]
pub(super) struct SimulatedOrder {
    pub(super) order: Order,
    /// Quantity not filled yet.
    pub(super) left: Qty,
    /// True if it crossed the market on arrival.
    pub(super) is_marketable: bool,
    /// Outcome that the coin has drawn, until it arrives.
    pub(super) outcome: Option<FillOutcome>,
    /// Place in the queue, under the models that have one.
    pub(super) place: Option<QueuePlace>,
    accumulator: FeeAccumulator,
    /// The grid on which it fills one tick worse, if it does.
    worse_on: Option<Ticks>,
}

impl SimulatedOrder {
    pub(super) fn new(order: &Order, is_marketable: bool) -> Self {
        let accumulator = FeeAccumulator::default();
        let (left, order) = (order.qty, order.clone());
        SimulatedOrder { left, is_marketable, outcome: None, place: None, accumulator, order, worse_on: None }
    }

    /// Lets each fill be one tick of `grid` worse.
    #[must_use]
    pub(super) fn worse_on(self, grid: Option<Ticks>) -> Self {
        SimulatedOrder { worse_on: grid, ..self }
    }

    /// Fills `qty`, capped at the remaining quantity, at the model's `price` or one tick worse.
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
        let price = self.made_worse(price);
        let fee = fees.charge(&mut self.accumulator, self.order.side, price, qty, taker);
        VenueEvent::Filled(Fill::at_price(self.order.id, time, price, qty, fee, taker))
    }

    /// Returns `price`, or the one a tick worse. No tick is worse than the last one before 0 or 1.
    fn made_worse(&self, price: Price) -> Price {
        let worse = self.worse_on.as_ref().and_then(|grid| grid.away(price, self.order.side.sign()));
        worse.filter(|worse| *worse > Price::ZERO && *worse < Price::ONE).unwrap_or(price)
    }

    /// Returns true if it is at the venue, in the queue or without one.
    pub(super) fn has_joined(&self) -> bool {
        self.place.is_none_or(|place| place.has_joined)
    }

    /// Returns the event that ends the order, unfilled or partly filled.
    pub(super) fn closed(&self, time: Timestamp, state: OrderState, reason: impl Into<String>) -> VenueEvent {
        VenueEvent::Closed { order: self.order.id, time, state, reason: reason.into() }
    }

    /// Returns the cancellation of what an immediate-or-cancel order did not fill at once.
    pub(super) fn leftover(&self, time: Timestamp) -> VenueEvent {
        self.closed(time, OrderState::Cancelled, "not filled at once")
    }

    /// Returns the price priority; higher comes first. Buys and sells share no liquidity, so they need no common
    /// order.
    pub(super) fn priority(&self) -> i32 {
        match self.order.side {
            Side::Buy => self.order.price.0,
            Side::Sell => self.order.price.complement().0,
        }
    }

    /// Returns the order's scheduled events, in a market that closes at `closes`.
    pub(super) fn scheduled(&self, closes: Option<Timestamp>) -> impl Iterator<Item = ScheduledEvent> {
        let end = self.expiry().into_iter().chain(closes).min().map(|time| (time, ScheduledKind::End));
        let outcome = self.outcome.map(|outcome| (outcome.time, ScheduledKind::Outcome));
        let joins = self.place.filter(|place| !place.has_joined).map(|place| (place.joins, ScheduledKind::Join));
        let cancelled = self.place.and_then(|place| Some((place.cancelled_at?, ScheduledKind::Cancel)));
        let (order, market) = (self.order.id, self.order.market);
        end.into_iter().chain(outcome).chain(joins).chain(cancelled).map(move |(time, kind)| ScheduledEvent {
            time,
            kind,
            order,
            market,
        })
    }

    pub(super) fn expiry(&self) -> Option<Timestamp> {
        match self.order.time_in_force {
            TimeInForce::GoodTill(time) => Some(time),
            TimeInForce::ImmediateOrCancel => None,
        }
    }
}

/// Working orders and state of one market.
#[derive(Debug, Default)]
pub(super) struct MarketOrders {
    /// Announced close time, if any.
    pub(super) closes: Option<Timestamp>,
    /// The announced price grid, where fills are a tick worse.
    pub(super) worse_on: Option<Ticks>,
    pub(super) is_settled: bool,
    /// The market as draws know it; its number, if that is absent.
    pub(super) drawn_as: Option<u64>,
    /// Kept while rows matter: while an order works that they can fill, or while displayed size counts as taken.
    pub(super) top: Option<TouchMemory>,
    /// Contracts traded at the best prices since the row in `top`.
    pub(super) traded: TradedAtBest,
    /// In price-time priority.
    pub(super) orders: Vec<SimulatedOrder>,
}

impl MarketOrders {
    /// Inserts `working` behind orders of the same price or better.
    pub(super) fn insert(&mut self, working: SimulatedOrder) {
        let index = self.orders.partition_point(|other| other.priority() >= working.priority());
        self.orders.insert(index, working);
    }

    /// Returns true if the next row can change anything here.
    pub(super) fn needs_rows(&self) -> bool {
        self.top.is_some_and(|top| !self.orders.is_empty() || !top.is_untouched())
    }
}
