//! Reasons why the exchange refuses a request, with the venue's codes. A refused request changes nothing, except that
//! a killed fill-or-kill order uses up its client order id, as at the venue.

use thiserror::Error;

/// Most characters of a client order id (the venue's FIX page).
pub const LONGEST_CLIENT_ORDER_ID: usize = 64;

/// A refusal. [`VenueError::code`] and [`VenueError::http_status`] go on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VenueError {
    /// The order breaks a rule.
    #[error("invalid order")]
    InvalidOrder(InvalidOrder),
    /// The request breaks a rule that is not about an order.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// Not a multiple of the market's price step, not within 0..1, or no price at all.
    #[error("invalid price")]
    InvalidPrice,
    /// A client order id with other characters, or of more of them, than the venue takes.
    #[error("invalid parameters")]
    InvalidClientOrderId,
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
    #[error("{}not found", .0.prefix())]
    NotFound(Resource),
    /// The market has not opened yet, is halted, or no longer trades.
    #[error("market inactive")]
    MarketInactive,
    /// Trading is paused on the whole exchange; cancels still work.
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

impl Resource {
    /// Returns the words before `not found`. The venue does not say that it is an order.
    const fn prefix(self) -> &'static str {
        match self {
            Resource::Market => "market ",
            Resource::Event => "event ",
            Resource::Series => "series ",
            Resource::Order => "",
            Resource::OrderGroup => "order group ",
            Resource::Member => "member ",
        }
    }
}

impl VenueError {
    /// Returns the venue's error code, as recorded in June 2026 or, for `MARKET_INACTIVE`, as its pages name it.
    pub const fn code(self) -> &'static str {
        match self {
            VenueError::InvalidOrder(_) => "invalid_order",
            VenueError::BadRequest(_) => "bad_request",
            VenueError::InvalidPrice => "invalid_price",
            VenueError::InvalidClientOrderId => "invalid_parameters",
            VenueError::OrderAlreadyExists => "order_already_exists",
            VenueError::FillOrKillInsufficientRestingVolume => "fill_or_kill_insufficient_resting_volume",
            VenueError::InsufficientBalance => "insufficient_balance",
            VenueError::NotFound(Resource::Market) => "market_not_found",
            VenueError::NotFound(_) => "not_found",
            VenueError::MarketInactive => "MARKET_INACTIVE",
            VenueError::TradingIsPaused => "trading_is_paused",
            VenueError::ExchangeIsPaused => "exchange_is_paused",
        }
    }

    /// Returns the HTTP status sent with the code.
    pub const fn http_status(self) -> u16 {
        match self {
            VenueError::InvalidOrder(_)
            | VenueError::BadRequest(_)
            | VenueError::InvalidPrice
            | VenueError::InvalidClientOrderId
            | VenueError::InsufficientBalance => 400,
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
            VenueError::InvalidClientOrderId => {
                Some(format!("client_order_id: at most {LONGEST_CLIENT_ORDER_ID} letters, digits, and _ : + = / -"))
            }
            _ => None,
        }
    }

    /// Returns the name of the service that refuses, where the venue states it: its matching engine does for all but
    /// the rules that an order is checked against before it gets there.
    pub const fn service(self) -> Option<&'static str> {
        match self {
            VenueError::InvalidOrder(_) | VenueError::BadRequest(_) | VenueError::InvalidClientOrderId => None,
            _ => Some("exchange"),
        }
    }
}

impl From<InvalidOrder> for VenueError {
    fn from(rule: InvalidOrder) -> VenueError {
        VenueError::InvalidOrder(rule)
    }
}
