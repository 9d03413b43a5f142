//! Between the terms of venues, of the fill model and of the ledger.

use host_core::{Market, MarketId, OrderId, Price, PublicTrade, Qty, Quote, Side, Taker, Timestamp, VenueEvent};
use host_venues::error::PlaceError;
use host_venues::model::MarketRow;

/// Returns the venue's id of an order.
pub fn order_id(order: OrderId) -> String {
    format!("paper-{}", order.0)
}

/// Returns the number of the order with the venue's id `id`, if it is one.
pub fn order_number(id: &str) -> Option<u64> {
    id.strip_prefix("paper-")?.parse().ok()
}

/// Returns the venue's refusal of an order.
pub fn refused(status: u16, code: &str, message: &str) -> PlaceError {
    PlaceError::Rejected { status, code: code.to_owned(), message: message.to_owned() }
}

/// Returns the number of the order that an event is of.
pub fn event_order(event: &VenueEvent) -> u64 {
    match event {
        VenueEvent::Filled(fill) => fill.order.0,
        VenueEvent::Closed { order, .. } => order.0,
    }
}

/// Returns how much of an order `events` fill, and whether one of them ends it otherwise.
pub fn outcome_of(events: &[VenueEvent], order: OrderId) -> (Qty, bool) {
    let mut filled = Qty::ZERO;
    let mut has_ended = false;
    for event in events.iter().filter(|event| event_order(event) == order.0) {
        match event {
            VenueEvent::Filled(fill) => filled += fill.qty,
            VenueEvent::Closed { .. } => has_ended = true,
        }
    }
    (filled, has_ended)
}

/// Returns a trade as the fill model takes it.
pub fn public(time: Timestamp, price: Price, qty: Qty, taker: Option<Side>) -> PublicTrade {
    let taker = match taker {
        Some(Side::Buy) => Taker::Buys,
        Some(Side::Sell) => Taker::Sells,
        None => Taker::Unknown,
    };
    PublicTrade { market: MarketId(0), time, price, qty, taker }
}

/// Returns the market of a row, which closes at `closes`, without what the fill model does not read.
pub fn market(row: &MarketRow, closes: Timestamp) -> Market {
    Market {
        id: MarketId(0),
        ticker: row.ticker.clone(),
        event: row.event.clone(),
        series: String::new(),
        category: String::new(),
        title: String::new(),
        ticks: row.ticks.clone(),
        opens: Some(row.opens),
        closes: Some(closes),
        event_time: None,
    }
}

/// Returns a price that somebody may trade at: one of exactly 0 or 1 means an empty side.
pub fn side(price: Option<Price>) -> Option<Price> {
    price.filter(|price| Price::ZERO < *price && *price < Price::ONE)
}

/// Returns the top of book of a row, seen at `time`.
pub fn quote(row: &MarketRow, time: Timestamp) -> Quote {
    let MarketRow { bid, ask, bid_size, ask_size, last, volume, .. } = row;
    Quote {
        market: MarketId(0),
        time,
        bid: side(*bid),
        ask: side(*ask),
        bid_size: *bid_size,
        ask_size: *ask_size,
        last: side(*last),
        volume: *volume,
    }
}
