//! Values for the unit tests of this crate, to be varied with struct update syntax. They are those of `host-testkit`,
//! which unit tests here cannot use: it links `host-core` as a library, whose types are not those of the crate under
//! test.

use crate::{Market, MarketId, Price, Quote, Ticks, Timestamp};

/// A market with prices in whole cents that has no category and no title, and neither opens nor closes.
pub(crate) fn market(id: u32) -> Market {
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
pub(crate) fn quote(market: u32, time: Timestamp, bid: i32, ask: i32) -> Quote {
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
