//! Fixtures that the tests of several crates share: one plain value of each type, to be varied with struct update
//! syntax.
//!
//! ```
//! use host_core::{Market, Timestamp};
//! use host_testkit::market;
//!
//! let closing = Market { closes: Some(Timestamp(5)), ..market(0) };
//! ```
//!
//! The unit tests inside `host-core` cannot use this crate: it links `host-core` as a library, and the types of that
//! build are not those of the crate under test. Those inside `host-exchange` can use all but the module `exchange`,
//! for the same reason.

#[cfg(feature = "exchange")]
pub mod exchange;

use host_core::{
    Intent, Market, MarketId, Order, OrderId, Price, Qty, Quote, Side, SlotId, Ticks, TimeInForce, Timestamp,
};

/// The market `KX-{id}` of the event and series `KX`, with prices in whole cents. It has no category and no title,
/// and neither opens nor closes.
pub fn market(id: u32) -> Market {
    Market {
        id: MarketId(id),
        ticker: format!("KX-{id}"),
        event: "KX".to_owned(),
        series: "KX".to_owned(),
        category: String::new(),
        title: String::new(),
        ticks: Ticks::CENT,
        opens: None,
        closes: None,
        event_time: None,
    }
}

/// A quote with both prices, in 1/10,000 dollar, and nothing else.
pub fn quote(market: u32, time: Timestamp, bid: i32, ask: i32) -> Quote {
    Quote {
        market: MarketId(market),
        time,
        bid: Some(Price(bid)),
        ask: Some(Price(ask)),
        bid_size: None,
        ask_size: None,
        last: None,
        volume: None,
    }
}

/// An order of slot 0 to buy ten contracts of market 0 at 0.42 dollar, immediate or cancelled, decided at `created`
/// at a mid of 0.425.
pub fn order(id: u64, created: Timestamp) -> Order {
    Order {
        id: OrderId(id),
        slot: SlotId(0),
        market: MarketId(0),
        side: Side::Buy,
        price: Price(4_200),
        qty: Qty::contracts(10),
        time_in_force: TimeInForce::ImmediateOrCancel,
        intent: Intent::Entry,
        created,
        arrival_mid_doubled: 8_500,
    }
}
