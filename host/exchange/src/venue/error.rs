//! Reasons why the exchange refuses a request, with the venue's codes. A refused request changes nothing, except that
//! a killed fill-or-kill order uses up its client order id, as at the venue.

use thiserror::Error;

/// A refusal. [`VenueError::code`] and [`VenueError::http_status`] go on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VenueError {
    /// The order breaks a rule.
    #[error("invalid order")]
    InvalidOrder(InvalidOrder),
    /// The request breaks a rule that is not about an order.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// The member has used this client order id before.
    #[error("order already exists")]
    OrderAlreadyExists,
    /// The book cannot fill a fill-or-kill order in full.
    #[error("fill or kill insufficient resting volume")]
    FillOrKillInsufficientRestingVolume,
    /// The account cannot pay for the order's worst case.
    #[error("insufficient balance")]
    InsufficientBalance,
    /// It does not exist, has ended, or belongs to another member.
    #[error("{0} not found")]
    NotFound(Resource),
    /// The market has not opened yet.
    #[error("market not open")]
    MarketNotOpen,
    /// The market no longer trades.
    #[error("market closed")]
    MarketClosed,
    /// Trading is paused, in this market or on the whole exchange; cancels still work.
    #[error("trading is paused")]
    TradingIsPaused,
    /// The exchange accepts no state changes at all.
    #[error("exchange is paused")]
    ExchangeIsPaused,
}

/// The rule that an order breaks: the `details` of the error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidOrder {
    /// The order would take, but is post-only.
    #[error("post only cross")]
    PostOnlyCross,
    /// Not a multiple of the market's price step, or not within 0..1.
    #[error("invalid price: not on the market's price grid")]
    Price,
    /// Not positive, or too large.
    #[error("invalid count: must be positive")]
    Count,
    /// The expiration lies in the past.
    #[error("expiration_time must be in the future")]
    Expiration,
    /// Only good-till-cancelled orders can expire.
    #[error("expiration_time requires time_in_force good_till_canceled")]
    ExpirationNeedsGoodTillCanceled,
    /// A post-only order cannot be immediate.
    #[error("post_only requires time_in_force good_till_canceled")]
    PostOnlyNeedsGoodTillCanceled,
    /// Reduce-only orders must be immediate.
    #[error("reduce_only requires time_in_force immediate_or_cancel")]
    ReduceOnlyNeedsImmediateOrCancel,
    /// There is no position for the order to reduce.
    #[error("reduce_only order would increase the position")]
    NothingToReduce,
    /// The order's group has hit its limit and was not reset.
    #[error("order group is triggered: reset it first")]
    GroupTriggered,
    /// The amendment names another market, side or client order id than the order's.
    #[error("amendment does not match the order")]
    AmendMismatch,
    /// The amendment or decrease leaves nothing to trade.
    #[error("count must exceed the filled count")]
    CountBelowFilled,
    /// The decrease would not reduce the order.
    #[error("reduce_to must be below the remaining count")]
    NotADecrease,
    /// Outside `0..=63`.
    #[error("subaccount must be within 0..63")]
    Subaccount,
}

/// A kind of thing that can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Market,
    Event,
    Series,
    Order,
    OrderGroup,
    Member,
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Resource::Market => "market",
            Resource::Event => "event",
            Resource::Series => "series",
            Resource::Order => "order",
            Resource::OrderGroup => "order group",
            Resource::Member => "member",
        })
    }
}

impl VenueError {
    /// Returns the venue's error code. `market_not_open` and `market_closed` are our own, because no recording shows
    /// the venue's.
    pub const fn code(self) -> &'static str {
        match self {
            VenueError::InvalidOrder(_) => "invalid_order",
            VenueError::BadRequest(_) => "bad_request",
            VenueError::OrderAlreadyExists => "order_already_exists",
            VenueError::FillOrKillInsufficientRestingVolume => "fill_or_kill_insufficient_resting_volume",
            VenueError::InsufficientBalance => "insufficient_balance",
            VenueError::NotFound(_) => "not_found",
            VenueError::MarketNotOpen => "market_not_open",
            VenueError::MarketClosed => "market_closed",
            VenueError::TradingIsPaused => "trading_is_paused",
            VenueError::ExchangeIsPaused => "exchange_is_paused",
        }
    }

    /// Returns the HTTP status sent with the code.
    pub const fn http_status(self) -> u16 {
        match self {
            VenueError::InvalidOrder(_) | VenueError::BadRequest(_) | VenueError::InsufficientBalance => 400,
            VenueError::NotFound(_) => 404,
            VenueError::ExchangeIsPaused => 503,
            _ => 409,
        }
    }

    /// Returns the `details` of the error body, if any.
    pub fn details(self) -> Option<String> {
        match self {
            VenueError::InvalidOrder(rule) => Some(rule.to_string()),
            VenueError::BadRequest(rule) => Some(rule.to_owned()),
            _ => None,
        }
    }
}

impl From<InvalidOrder> for VenueError {
    fn from(rule: InvalidOrder) -> VenueError {
        VenueError::InvalidOrder(rule)
    }
}
