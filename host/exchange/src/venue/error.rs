//! Why the exchange refuses, with the venue's own codes. A refusal changes nothing, except that a killed fill-or-kill
//! order uses up its client order id, as it does at the venue.

use thiserror::Error;

/// A refusal. [`VenueError::code`] and [`VenueError::http_status`] are what goes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VenueError {
    /// The order breaks a rule.
    #[error("invalid order")]
    InvalidOrder(InvalidOrder),
    /// The request breaks a rule, and is not about an order.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// The member has used this client order id before.
    #[error("order already exists")]
    OrderAlreadyExists,
    /// The book cannot fill a fill-or-kill order in full.
    #[error("fill or kill insufficient resting volume")]
    FillOrKillInsufficientRestingVolume,
    /// The account cannot pay for the worst that the order can cost.
    #[error("insufficient balance")]
    InsufficientBalance,
    /// No such thing, or it is over, or it is another member's.
    #[error("{0} not found")]
    NotFound(Thing),
    /// The market has not opened yet.
    #[error("market not open")]
    MarketNotOpen,
    /// The market trades no more.
    #[error("market closed")]
    MarketClosed,
    /// Trading is paused, in this market or on the whole exchange; cancels work.
    #[error("trading is paused")]
    TradingIsPaused,
    /// The exchange takes no state changes at all.
    #[error("exchange is paused")]
    ExchangeIsPaused,
}

/// The rule that an order breaks: the `details` of the error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidOrder {
    /// It would take, but must not.
    #[error("post only cross")]
    PostOnlyCross,
    /// Not a multiple of the market's price step there, or not within 0..1.
    #[error("invalid price: not on the market's price grid")]
    Price,
    /// Not positive, or too large to be money.
    #[error("invalid count: must be positive")]
    Count,
    /// In the past.
    #[error("expiration_time must be in the future")]
    Expiration,
    /// Only an order that is good till cancelled can expire.
    #[error("expiration_time requires time_in_force good_till_canceled")]
    ExpirationNeedsGoodTillCanceled,
    /// An order that must rest cannot be immediate.
    #[error("post_only requires time_in_force good_till_canceled")]
    PostOnlyNeedsGoodTillCanceled,
    /// Reduce-only orders must be immediate.
    #[error("reduce_only requires time_in_force immediate_or_cancel")]
    ReduceOnlyNeedsImmediateOrCancel,
    /// There is no position for the order to reduce.
    #[error("reduce_only order would increase the position")]
    NothingToReduce,
    /// The order's group has hit its limit, and was not reset.
    #[error("order group is triggered: reset it first")]
    GroupTriggered,
    /// An amendment names another market or side, or another client order id, than the order's.
    #[error("amendment does not match the order")]
    AmendMismatch,
    /// An amendment or decrease leaves nothing that could be done.
    #[error("count must exceed the filled count")]
    CountBelowFilled,
    /// A decrease that decreases nothing.
    #[error("reduce_to must be below the remaining count")]
    NotADecrease,
    /// Beyond `0..=63`.
    #[error("subaccount must be within 0..63")]
    Subaccount,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Market,
    Event,
    Series,
    Order,
    OrderGroup,
    Member,
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Thing::Market => "market",
            Thing::Event => "event",
            Thing::Series => "series",
            Thing::Order => "order",
            Thing::OrderGroup => "order group",
            Thing::Member => "member",
        })
    }
}

impl VenueError {
    /// The venue's code. `market_not_open` and `market_closed` are ours: no recording shows the venue's.
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

    /// The HTTP status that goes with it.
    pub const fn http_status(self) -> u16 {
        match self {
            VenueError::InvalidOrder(_) | VenueError::BadRequest(_) | VenueError::InsufficientBalance => 400,
            VenueError::NotFound(_) => 404,
            VenueError::ExchangeIsPaused => 503,
            _ => 409,
        }
    }

    /// What more the error body says, if anything.
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
