//! The faults, one variant each, and the requests that they can hit.

use axum::http::Method;
use host_core::Span;
use host_core::time::span_text;
use serde::{Deserialize, Serialize};

use super::endpoint::{ApiCall, EndpointGroup};

/// The path that cancels all orders.
const CANCEL_ALL: &str = "/portfolio/events/orders";

/// A fault. Waits named `_ms` are wall-clock milliseconds; other spans are exchange time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The response is an error; the request has no effect.
    Status {
        /// 400..=599.
        status: ErrorStatus,
        /// True for the venue's error body, false for an empty one.
        #[serde(default = "yes")]
        body: bool,
        /// Seconds in the `Retry-After` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// The connection is reset and the request has no effect. The port then refuses connections for `hold_ms`.
    Refuse {
        /// With 0, only this connection is reset.
        #[serde(default)]
        hold_ms: u64,
    },
    /// The request has no effect and no response comes; the connection ends after `hold_ms`.
    TimeoutBefore {
        /// Time for which the connection hangs.
        #[serde(default = "long")]
        hold_ms: u64,
    },
    /// The request takes effect, but no response comes; the connection ends after `hold_ms`.
    TimeoutAfter {
        /// Time for which the connection hangs.
        #[serde(default = "long")]
        hold_ms: u64,
    },
    /// The request takes effect, but the response is an error.
    AcceptedThen {
        /// 400..=599.
        #[serde(default)]
        status: ErrorStatus,
    },
    /// The response is an error or, with `hold_ms`, never comes; the request takes effect `delay` later.
    LateAcceptance {
        /// Exchange time until the request takes effect.
        #[serde(with = "span_text")]
        delay: Span,
        /// 400..=599.
        #[serde(default)]
        status: ErrorStatus,
        /// Time for which the connection hangs, instead of an error response.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold_ms: Option<u64>,
    },
    /// The request takes effect; the connection ends after half of the response body.
    Truncated,
    /// The request takes effect; the response is a web page with status 200, as from a proxy in between.
    Html,
    /// The request takes effect; the response is not valid JSON.
    InvalidJson,
    /// The request takes effect; the response body is absurdly large.
    LargeBody {
        #[serde(default = "large")]
        megabytes: u32,
    },
    /// The response is delayed.
    Slow {
        delay_ms: u64,
    },
    /// Some fills appear twice, in lists and on the WebSocket.
    DuplicatedFills,
    /// Fills appear in another order, in lists and on the WebSocket.
    ReorderedFills,
    /// A page of a list repeats the last row of the previous page.
    RepeatedRows,
    /// A page of a list lacks its first row.
    SkippedRows,
    /// The venue's clock is ahead, in the `Date` header and in the check of signatures.
    ClockSkew {
        /// Negative if the clock is behind.
        seconds: i64,
    },
    /// Market data is at least this old, if the same request was made that long ago.
    StaleQuotes {
        #[serde(with = "span_text")]
        age: Span,
    },
    /// Markets show a bid above their offer.
    CrossedBooks {
        /// Share of the markets in the response; at least one with a bid and an offer is crossed.
        #[serde(default = "some")]
        share: Chance,
    },
    /// A market in which a member has a working order closes now.
    MarketCloses,
    /// Trading is paused from now on; orders with `cancel_on_pause` are cancelled.
    Pause {
        /// Exchange time until trading resumes.
        #[serde(with = "span_text")]
        span: Span,
        /// True if the whole exchange is closed, so that cancels are refused too.
        #[serde(default)]
        exchange: bool,
    },
    /// Reads of orders are as old as `lag`: they miss the creates and cancels that the venue has acknowledged since.
    LaggingReads {
        /// Exchange time, at most a second.
        lag: Lag,
    },
    /// A cancel takes effect, if the order still works, and the response is the 404 of an order that is unknown, was
    /// cancelled or was executed.
    CancelNotFound,
    LostMessages,
    /// The WebSocket ends instead of sending a message.
    Disconnect,
}

const fn yes() -> bool {
    true
}

const fn long() -> u64 {
    30_000
}

const fn large() -> u32 {
    64
}

const fn some() -> Chance {
    Chance::PERCENT
}

impl Fault {
    /// Returns the name used in plans and counts.
    pub const fn name(&self) -> &'static str {
        match self {
            Fault::Status { .. } => "status",
            Fault::Refuse { .. } => "refuse",
            Fault::TimeoutBefore { .. } => "timeout_before",
            Fault::TimeoutAfter { .. } => "timeout_after",
            Fault::AcceptedThen { .. } => "accepted_then",
            Fault::LateAcceptance { .. } => "late_acceptance",
            Fault::Truncated => "truncated",
            Fault::Html => "html",
            Fault::InvalidJson => "invalid_json",
            Fault::LargeBody { .. } => "large_body",
            Fault::Slow { .. } => "slow",
            Fault::DuplicatedFills => "duplicated_fills",
            Fault::ReorderedFills => "reordered_fills",
            Fault::RepeatedRows => "repeated_rows",
            Fault::SkippedRows => "skipped_rows",
            Fault::ClockSkew { .. } => "clock_skew",
            Fault::StaleQuotes { .. } => "stale_quotes",
            Fault::CrossedBooks { .. } => "crossed_books",
            Fault::MarketCloses => "market_closes",
            Fault::Pause { .. } => "pause",
            Fault::LaggingReads { .. } => "lagging_reads",
            Fault::CancelNotFound => "cancel_not_found",
            Fault::LostMessages => "lost_messages",
            Fault::Disconnect => "disconnect",
        }
    }

    /// Returns true if the fault can hit such a request.
    pub(super) fn can_hit(&self, call: &ApiCall) -> bool {
        let is_read = call.method == Method::GET && call.group != EndpointGroup::WebSocket;
        match self {
            Fault::LateAcceptance { .. } => call.is_write(),
            Fault::TimeoutAfter { .. }
            | Fault::AcceptedThen { .. }
            | Fault::Truncated
            | Fault::Html
            | Fault::InvalidJson
            | Fault::LargeBody { .. } => call.group != EndpointGroup::WebSocket,
            Fault::DuplicatedFills | Fault::ReorderedFills => is_read && call.path == "/portfolio/fills",
            Fault::RepeatedRows | Fault::SkippedRows => {
                is_read && call.query.split('&').any(|pair| pair.strip_prefix("cursor=").is_some_and(|c| !c.is_empty()))
            }
            Fault::StaleQuotes { .. } => is_read && is_quotes(&call.path),
            Fault::CrossedBooks { .. } => is_read && is_quotes(&call.path),
            Fault::LaggingReads { .. } => is_read && is_orders(&call.path),
            Fault::CancelNotFound => call.group == EndpointGroup::Cancels && call.path != CANCEL_ALL,
            Fault::LostMessages | Fault::Disconnect => false,
            Fault::Status { .. }
            | Fault::Refuse { .. }
            | Fault::TimeoutBefore { .. }
            | Fault::Slow { .. }
            | Fault::ClockSkew { .. }
            | Fault::MarketCloses
            | Fault::Pause { .. } => true,
        }
    }

    /// Returns true if the fault can hit a WebSocket message.
    pub(super) const fn can_hit_message(&self, is_fill: bool) -> bool {
        match self {
            Fault::DuplicatedFills | Fault::ReorderedFills => is_fill,
            Fault::LostMessages | Fault::Disconnect => true,
            _ => false,
        }
    }
}

/// Returns true if the response contains quotes or books of markets.
fn is_quotes(path: &str) -> bool {
    path == "/markets" || (path.starts_with("/markets/") && !path.contains("trades") && !path.contains("candlesticks"))
}

/// Returns true if the response contains orders.
fn is_orders(path: &str) -> bool {
    let id = path.strip_prefix("/portfolio/orders/");
    path == "/portfolio/orders" || id.is_some_and(|id| !id.contains('/') && id != "queue_positions")
}

/// The time by which reads lag, at most a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lag(Span);

impl Lag {
    /// The longest lag.
    pub const LONGEST: Lag = Lag(Span::seconds(1));

    pub const fn span(self) -> Span {
        self.0
    }
}

impl TryFrom<String> for Lag {
    type Error = String;

    fn try_from(text: String) -> Result<Lag, String> {
        let span: Span = text.parse().map_err(|error| format!("{error}"))?;
        let fits = Span::ZERO < span && span <= Lag::LONGEST.0;
        if fits { Ok(Lag(span)) } else { Err(format!("reads lag by at most 1s: {span} is no lag")) }
    }
}

impl From<Lag> for String {
    fn from(lag: Lag) -> String {
        lag.0.to_string()
    }
}

/// An HTTP error status, 400..=599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ErrorStatus(u16);

impl ErrorStatus {
    /// Returns the status, or 500 if `status` is not an error status.
    pub const fn new(status: u16) -> ErrorStatus {
        ErrorStatus(if status >= 400 && status <= 599 { status } else { 500 })
    }

    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for ErrorStatus {
    fn default() -> Self {
        ErrorStatus(500)
    }
}

impl TryFrom<u16> for ErrorStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<ErrorStatus, String> {
        let checked = ErrorStatus::new(status);
        let wrong = || format!("{status} is not an error status: use one from 400 to 599, such as 503");
        if checked.0 == status { Ok(checked) } else { Err(wrong()) }
    }
}

impl From<ErrorStatus> for u16 {
    fn from(status: ErrorStatus) -> u16 {
        status.0
    }
}

/// A probability, `0.0..=1.0`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Chance(f64);

impl Chance {
    /// One in a hundred.
    pub const PERCENT: Chance = Chance(0.01);

    /// Returns the probability, clamped to `0.0..=1.0`; NaN counts as 0.
    pub const fn new(chance: f64) -> Chance {
        Chance(if chance >= 1.0 {
            1.0
        } else if chance > 0.0 {
            chance
        } else {
            0.0
        })
    }

    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Chance {
    type Error = String;

    fn try_from(chance: f64) -> Result<Chance, String> {
        let is_chance = (0.0..=1.0).contains(&chance);
        if is_chance { Ok(Chance(chance)) } else { Err(format!("{chance} is not a probability: use one from 0 to 1")) }
    }
}

impl From<Chance> for f64 {
    fn from(chance: Chance) -> f64 {
        chance.0
    }
}
