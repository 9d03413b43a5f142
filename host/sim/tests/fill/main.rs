//! The simulated exchange, through the public API.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod chance;
mod life;
mod properties;
mod queue;
mod touch;

use host_core::{
    Fill, MarketId, Order, OrderId, OrderState, Price, Qty, Quote, Quotes, Side, TimeInForce, Timestamp, VenueEvent,
};
use host_sim::fill::{ExchangeSettings, FILL_MODELS, FillModel, SimulatedExchange};

/// Returns an exchange with this model, and defaults otherwise.
fn exchange(fill_model: FillModel) -> SimulatedExchange {
    SimulatedExchange::new(ExchangeSettings { fill_model, ..ExchangeSettings::default() })
}

/// Returns a row of market 0, without sizes, last price or volume.
fn quote(time: i64, bid: i32, ask: i32) -> Quote {
    host_testkit::quote(0, Timestamp(time), bid, ask)
}

/// Returns the same with contracts at the bid and at the ask.
fn sized(time: i64, bid: i32, ask: i32, bid_size: i64, ask_size: i64) -> Quote {
    let contracts = |n| Some(Qty::contracts(n));
    Quote { bid_size: contracts(bid_size), ask_size: contracts(ask_size), ..quote(time, bid, ask) }
}

/// Returns an order for `qty` contracts in market 0, created at `created`, good till one second later.
fn order(id: u64, side: Side, price: i32, qty: i64, created: i64) -> Order {
    Order {
        side,
        price: Price(price),
        qty: Qty::contracts(qty),
        time_in_force: TimeInForce::GoodTill(Timestamp(created + 1_000_000_000)),
        arrival_mid_doubled: 0,
        ..host_testkit::order(id, Timestamp(created))
    }
}

fn immediate(order: Order) -> Order {
    Order { time_in_force: TimeInForce::ImmediateOrCancel, ..order }
}

/// Shows rows in one batch.
fn show(exchange: &mut SimulatedExchange, rows: &[Quote], out: &mut Vec<VenueEvent>) {
    let mut quotes = Quotes::default();
    rows.iter().for_each(|row| quotes.push(row));
    exchange.on_quotes(&quotes.all(), out);
}

fn fills(events: &[VenueEvent]) -> Vec<Fill> {
    let fill = |event: &VenueEvent| match event {
        VenueEvent::Filled(fill) => Some(*fill),
        VenueEvent::Closed { .. } => None,
    };
    events.iter().filter_map(fill).collect()
}

/// Formats events briefly, such as `1 filled 10 at 0.44 as taker, t=0` and `1 expired: its time ran out, t=5`.
fn describe(events: &[VenueEvent]) -> Vec<String> {
    let word = |event: &VenueEvent| match event {
        VenueEvent::Filled(fill) => {
            let role = if fill.taker { "taker" } else { "maker" };
            format!("{} filled {} at {} as {role}, t={}", fill.order.0, fill.qty, fill.price, fill.time.0)
        }
        VenueEvent::Closed { order, time, state, reason } => {
            let state = match state {
                OrderState::Cancelled => "cancelled",
                OrderState::Expired => "expired",
                OrderState::Rejected => "rejected",
                other => panic!("an order closed as {other:?}"),
            };
            format!("{} {state}: {reason}, t={}", order.0, time.0)
        }
    };
    events.iter().map(word).collect()
}
