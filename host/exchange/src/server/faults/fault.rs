//! What can go wrong, one variant each, and with which requests it can.

use axum::http::Method;
use host_core::Span;
use host_core::time::span_text;
use serde::{Deserialize, Serialize};

use super::endpoint::{Call, Group};
use super::plan::Chance;

/// A fault. Waits named `_ms` are wall-clock milliseconds; other spans are exchange time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// An error answer; nothing takes effect.
    Status {
        /// 400..=599.
        status: ErrorStatus,
        /// Whether the answer has the venue's error body, or none.
        #[serde(default = "yes")]
        body: bool,
        /// Seconds for a `Retry-After` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// The connection is reset; nothing takes effect. The port refuses connections for `hold_ms` after that.
    Refuse {
        /// 0: only this connection is reset.
        #[serde(default)]
        hold_ms: u64,
    },
    /// Nothing takes effect, and the answer never comes; the connection ends after `hold_ms`.
    TimeoutBefore {
        /// How long the connection hangs.
        #[serde(default = "long")]
        hold_ms: u64,
    },
    /// The request takes effect, but the answer never comes; the connection ends after `hold_ms`.
    TimeoutAfter {
        /// How long the connection hangs.
        #[serde(default = "long")]
        hold_ms: u64,
    },
    /// The request takes effect, and the answer is an error.
    AcceptedThen {
        /// 400..=599.
        #[serde(default)]
        status: ErrorStatus,
    },
    /// The answer is an error, or with `hold_ms` none at all; the request takes effect `delay` later.
    LateAcceptance {
        /// Exchange time until it takes effect.
        #[serde(with = "span_text")]
        delay: Span,
        /// 400..=599.
        #[serde(default)]
        status: ErrorStatus,
        /// The connection hangs for so long instead of an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold_ms: Option<u64>,
    },
    /// The request takes effect; half of the answer's body comes, then the connection ends.
    Truncated,
    /// The request takes effect; the answer is a web page with status 200, as from a proxy in between.
    Html,
    /// The request takes effect; the answer is no JSON.
    InvalidJson,
    /// The request takes effect; the answer's body is absurdly large.
    LargeBody {
        /// Its size.
        #[serde(default = "large")]
        megabytes: u32,
    },
    /// The answer takes long.
    Slow {
        /// How long.
        delay_ms: u64,
    },
    /// Some fills come twice, in lists and on the WebSocket.
    DuplicatedFills,
    /// Fills come in another order, in lists and on the WebSocket.
    ReorderedFills,
    /// A page of a list repeats the last row of the page before.
    RepeatedRows,
    /// A page of a list lacks its first row.
    SkippedRows,
    /// The venue's clock, as the `Date` header and the window of signatures show it, is ahead by so much.
    ClockSkew {
        /// Negative: it is behind.
        seconds: i64,
    },
    /// Market data is so old, if the same was asked so long ago.
    StaleQuotes {
        /// At least.
        #[serde(with = "span_text")]
        age: Span,
    },
    /// Markets show a bid above their offer.
    CrossedBooks {
        /// Of the markets in the answer; at least one that has a bid and an offer is crossed.
        #[serde(default = "some")]
        share: Chance,
    },
    /// A market in which a member has a working order closes now.
    MarketCloses,
    /// Trading is paused from now on; orders that ask for it are cancelled.
    Pause {
        /// Exchange time until it goes on.
        #[serde(with = "span_text")]
        span: Span,
        /// Whether the whole exchange is closed, so that cancels are refused too.
        #[serde(default)]
        exchange: bool,
    },
    /// A WebSocket message is not sent.
    LostMessages,
    /// A WebSocket ends where a message should come.
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
    /// Its name in plans and counts.
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
            Fault::LostMessages => "lost_messages",
            Fault::Disconnect => "disconnect",
        }
    }

    /// Whether a request of this kind can suffer it.
    pub(super) fn can_hit(&self, call: &Call) -> bool {
        let is_read = call.method == Method::GET && call.group != Group::WebSocket;
        match self {
            Fault::LateAcceptance { .. } => call.is_write(),
            Fault::TimeoutAfter { .. }
            | Fault::AcceptedThen { .. }
            | Fault::Truncated
            | Fault::Html
            | Fault::InvalidJson
            | Fault::LargeBody { .. } => call.group != Group::WebSocket,
            Fault::DuplicatedFills | Fault::ReorderedFills => is_read && call.path == "/portfolio/fills",
            Fault::RepeatedRows | Fault::SkippedRows => {
                is_read && call.query.split('&').any(|pair| pair.strip_prefix("cursor=").is_some_and(|c| !c.is_empty()))
            }
            Fault::StaleQuotes { .. } => is_read && is_quotes(&call.path),
            Fault::CrossedBooks { .. } => is_read && is_quotes(&call.path),
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

    /// Whether a WebSocket message, a fill or another one, can suffer it.
    pub(super) const fn can_hit_message(&self, is_fill: bool) -> bool {
        match self {
            Fault::DuplicatedFills | Fault::ReorderedFills => is_fill,
            Fault::LostMessages | Fault::Disconnect => true,
            _ => false,
        }
    }
}

/// Whether the answer holds quotes or books of markets.
fn is_quotes(path: &str) -> bool {
    path == "/markets" || (path.starts_with("/markets/") && !path.contains("trades") && !path.contains("candlesticks"))
}

/// An HTTP status that says that something failed: 400..=599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ErrorStatus(u16);

impl ErrorStatus {
    /// The number, or 500 for one that is no error.
    pub const fn new(status: u16) -> ErrorStatus {
        ErrorStatus(if status >= 400 && status <= 599 { status } else { 500 })
    }

    /// The number.
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
        let wrong = || format!("{status} is no status of a failure: write one from 400 to 599, such as 503");
        if checked.0 == status { Ok(checked) } else { Err(wrong()) }
    }
}

impl From<ErrorStatus> for u16 {
    fn from(status: ErrorStatus) -> u16 {
        status.0
    }
}
