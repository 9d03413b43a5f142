//! Actions that the exchange takes at scheduled times.

use host_core::{MarketId, Timestamp};

/// An action due at a scheduled time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ScheduledAction {
    /// The order with this number expires.
    Expire(u64),
    Open(MarketId),
    Close(MarketId),
    Pay(MarketId),
    /// Drop the market's trades and candlesticks.
    Drop(MarketId),
    /// Close the exchange for maintenance, until this time.
    Maintain(Timestamp),
    /// Reopen the exchange.
    Reopen,
}
