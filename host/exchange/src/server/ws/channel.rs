//! Channels that a client can subscribe to.

/// A channel. The last three are for things that this exchange does not have: they accept subscriptions and stay
/// silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    OrderbookDelta,
    Ticker,
    Trade,
    Fill,
    UserOrders,
    MarketPositions,
    MarketLifecycle,
    OrderGroupUpdates,
    Multivariate,
    MultivariateLifecycle,
    Communications,
}

const ALL: [Channel; 11] = [
    Channel::OrderbookDelta,
    Channel::Ticker,
    Channel::Trade,
    Channel::Fill,
    Channel::UserOrders,
    Channel::MarketPositions,
    Channel::MarketLifecycle,
    Channel::OrderGroupUpdates,
    Channel::Multivariate,
    Channel::MultivariateLifecycle,
    Channel::Communications,
];

impl Channel {
    /// Returns the name on the wire.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Channel::OrderbookDelta => "orderbook_delta",
            Channel::Ticker => "ticker",
            Channel::Trade => "trade",
            Channel::Fill => "fill",
            Channel::UserOrders => "user_orders",
            Channel::MarketPositions => "market_positions",
            Channel::MarketLifecycle => "market_lifecycle_v2",
            Channel::OrderGroupUpdates => "order_group_updates",
            Channel::Multivariate => "multivariate",
            Channel::MultivariateLifecycle => "multivariate_market_lifecycle",
            Channel::Communications => "communications",
        }
    }

    pub(super) fn named(name: &str) -> Option<Channel> {
        ALL.into_iter().find(|channel| channel.as_str() == name)
    }

    /// Returns true if a subscription can be limited to some markets.
    pub(super) const fn is_by_market(self) -> bool {
        matches!(
            self,
            Channel::OrderbookDelta
                | Channel::Ticker
                | Channel::Trade
                | Channel::Fill
                | Channel::UserOrders
                | Channel::MarketPositions
        )
    }

    /// Returns true if its messages are numbered, so that a client can detect a missed one.
    pub(super) const fn is_numbered(self) -> bool {
        matches!(self, Channel::OrderbookDelta | Channel::OrderGroupUpdates)
    }
}
