//! A series, an event and a market, as they are listed at the embedded exchange.

use host_core::fees::FeeModel;
use host_core::{Span, Timestamp};
use host_exchange::venue::{EventInfo, Listing, PriceStructure, Series};

/// A daily series about the weather, with Kalshi's fees.
pub fn series(ticker: &str) -> Series {
    Series {
        ticker: ticker.to_owned(),
        title: "a series".to_owned(),
        category: "Weather".to_owned(),
        frequency: "daily".to_owned(),
        tags: Vec::new(),
        fees: FeeModel::Kalshi,
        fee_multiplier_percent: 100,
    }
}

/// An event whose markets may all resolve to YES.
pub fn event(ticker: &str, series: &str) -> EventInfo {
    EventInfo {
        ticker: ticker.to_owned(),
        series: series.to_owned(),
        title: "an event".to_owned(),
        sub_title: String::new(),
        mutually_exclusive: false,
    }
}

/// A market with prices in whole cents that opens now, closes in 30 days, may close earlier, and pays one minute
/// after its result is determined.
pub fn listing(ticker: &str, event: &str, now: Timestamp) -> Listing {
    Listing {
        ticker: ticker.to_owned(),
        event: event.to_owned(),
        title: "a market".to_owned(),
        yes_sub_title: "it happens".to_owned(),
        no_sub_title: "it does not".to_owned(),
        rules: "as it turns out".to_owned(),
        structure: PriceStructure::LinearCent,
        opens: now,
        closes: now + Span::days(30),
        latest_expiration: now + Span::days(40),
        settlement_timer: Span::seconds(60),
        can_close_early: true,
    }
}
