//! An exit that the engine keeps quoting until the position is flat.

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::Qty;
use crate::record::Verdict;
use crate::strategy::SlotId;
use crate::time::{Span, Timestamp};

/// The state of one wanted exit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedExit {
    /// Time since which it is wanted; absent in states of hosts that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// True if it takes the other side of the book from the start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// Number of its orders that have expired.
    pub expiries: u32,
    /// Code of the latest refusal: the same cause is recorded only once.
    pub refused: Option<String>,
    /// Set while none of its orders can be sent, and people have been told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
}

/// The cause that keeps an exit from being worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocked {
    pub since: Timestamp,
    pub verdict: Verdict,
}

/// A position that is to be closed and cannot be, for now.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockedExit<'a> {
    /// The strategy's slot.
    pub slot: SlotId,
    /// The market.
    pub market: MarketId,
    /// Contracts held; negative is short.
    pub held: Qty,
    /// Time since which it cannot be closed.
    pub since: Timestamp,
    /// The check that failed, with value and limit.
    pub verdict: &'a Verdict,
}

impl BlockedExit<'_> {
    /// Returns the line that tells people of it; `ticker` is the market's.
    pub fn describe(&self, ticker: &str) -> String {
        let (BlockedExit { held, since, .. }, Verdict { code, value, limit }) = (self, self.verdict);
        let held = held.shown_held();
        format!("{held} {ticker} cannot be closed since {since}, because of {code}: {value} (limit: {limit})")
    }
}

impl WantedExit {
    pub fn new(now: Timestamp) -> WantedExit {
        WantedExit { since: Some(now), ..WantedExit::default() }
    }

    /// Returns true if it has been wanted for as long as `patience` orders of `expiry` would work, or if that many have
    /// expired. A `patience` of zero never ends.
    pub fn is_overdue(&self, now: Timestamp, patience: u32, expiry: Span) -> bool {
        let since = self.since.unwrap_or(now);
        let overdue = now.0.saturating_sub(since.0) / i64::from(patience.max(1)) >= expiry.0;
        patience > 0 && (self.expiries >= patience || overdue)
    }
}
