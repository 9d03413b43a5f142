//! Kalshi's rows, decoded strictly and converted into the neutral model (OpenAPI 3.34.0; field names are the venue's).
//!
//! Fields that are not named here are ignored. A missing field that is needed, a price outside 0..1 and a negative size
//! are errors; an absent price is no quote.

mod account;
mod exchange;
mod history;
mod market;

pub(super) use account::{WireBalance, WireFill, WireLimits, WireOrder, WireOrderStatus, WirePosition, WireSettlement};
pub(super) use exchange::{WireAnnouncement, WireSchedule, WireStatus, WireWeek, WireWindow};
pub(super) use history::{WireCandle, WireCandlesOfMany, WireCandlesOfOne, WireCutoff, WireTrade};
pub(super) use market::{WireEvent, WireMarket, WireSeries};
