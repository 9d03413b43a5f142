//! Rate limits: two token buckets per member, read and write, refilled at the rate of the member's tier; one shared
//! pair for everyone without a key.
//!
//! The venue's rules (its page on rate limits, and its recorded list of costs): a request costs 10 tokens, a cancel 2,
//! a batch as much as its items.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use host_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::venue::MemberId;

/// Cost of requests that are not in [`COSTS`], in tokens.
pub const DEFAULT_COST: u32 = 10;
/// Cost of a cancel, in tokens.
pub const CANCEL_COST: u32 = 2;
/// Endpoints with other costs, as the venue lists them: method, path, tokens. For batches, the cost per item. A segment
/// that begins with a colon stands for any name, one that begins with an asterisk for the rest of the path.
pub const COSTS: [(&str, &str, u32); 16] = [
    ("POST", "/trade-api/v2/account/api_usage_level/upgrade", 30),
    ("GET", "/trade-api/v2/cfbenchmarks", 150),
    ("GET", "/trade-api/v2/cfbenchmarks/*endpoint", 150),
    ("POST", "/trade-api/v2/communications/quotes", 2),
    ("DELETE", "/trade-api/v2/communications/quotes/:quote_id", 2),
    ("GET", "/trade-api/v2/margin/balance", 5),
    ("PUT", "/trade-api/v2/multivariate_event_collections/:collection_ticker/lookup", 2),
    ("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id", CANCEL_COST),
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", CANCEL_COST),
    ("POST", "/trade-api/v2/portfolio/orders", 20),
    ("DELETE", "/trade-api/v2/portfolio/orders/:order_id", 4),
    ("GET", "/trade-api/v2/portfolio/orders/:order_id", 2),
    ("POST", "/trade-api/v2/portfolio/orders/:order_id/amend", 20),
    ("POST", "/trade-api/v2/portfolio/orders/:order_id/decrease", 20),
    ("DELETE", "/trade-api/v2/portfolio/orders/batched", 4),
    ("POST", "/trade-api/v2/portfolio/orders/batched", 20),
];

/// Segments of `/portfolio/orders/…` that are no order ids, although they stand in their place.
const NO_ORDER_IDS: [&str; 2] = ["batched", "queue_positions"];

/// Returns the cost of a request of `method` (upper case) for `path`, in tokens.
pub fn cost(method: &str, path: &str) -> u32 {
    let is_meant = |&&(of, pattern, _): &&(&str, &str, u32)| of == method && takes(pattern, path);
    // An exact path stands after the pattern that takes it as well.
    COSTS.iter().rfind(is_meant).map_or(DEFAULT_COST, |&(_, _, tokens)| tokens)
}

/// Returns true if `path` is one of those that `pattern` stands for.
fn takes(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(rest)) if part.starts_with('*') => return !rest.is_empty(),
            (Some(part), Some(name)) if part.starts_with(':') => {
                if name.is_empty() || (part == ":order_id" && NO_ORDER_IDS.contains(&name)) {
                    return false;
                }
            }
            (Some(part), Some(name)) if part == name => {}
            _ => return false,
        }
    }
}

/// A member's rate-limit tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    #[default]
    Basic,
    Advanced,
    Expert,
    Premier,
    Paragon,
    Prime,
    Prestige,
}

/// The bucket that a request is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    Read,
    /// Orders and everything else that changes state.
    Write,
}

impl Tier {
    pub const fn as_str(self) -> &'static str {
        match self {
            Tier::Basic => "basic",
            Tier::Advanced => "advanced",
            Tier::Expert => "expert",
            Tier::Premier => "premier",
            Tier::Paragon => "paragon",
            Tier::Prime => "prime",
            Tier::Prestige => "prestige",
        }
    }

    /// Returns the refill rate of a bucket, in tokens per second.
    pub const fn refill_rate(self, bucket: Bucket) -> u32 {
        match (self, bucket) {
            (Tier::Basic, Bucket::Read) => 200,
            (Tier::Basic, Bucket::Write) => 100,
            (Tier::Advanced, _) => 300,
            (Tier::Expert, _) => 600,
            (Tier::Premier, _) => 1_000,
            (Tier::Paragon, _) => 2_000,
            (Tier::Prime, _) => 4_000,
            (Tier::Prestige, Bucket::Read) => 6_000,
            (Tier::Prestige, Bucket::Write) => 8_000,
        }
    }

    /// Returns the capacity of a bucket, in tokens: the refill of one second for reads and for Basic writes (recorded),
    /// of two for other writes (the venue's specification 3.34, `BucketLimit`).
    pub const fn capacity(self, bucket: Bucket) -> u32 {
        let seconds = match (self, bucket) {
            (Tier::Basic, Bucket::Write) | (_, Bucket::Read) => 1,
            (_, Bucket::Write) => 2,
        };
        self.refill_rate(bucket) * seconds
    }
}

/// Tokens are counted in billionths, so that refills over nanoseconds are exact.
const TOKEN: i64 = 1_000_000_000;

#[derive(Clone, Copy, Debug)]
struct BucketLevel {
    tokens: i64,
    at: Timestamp,
}

/// The token buckets of all members.
#[derive(Debug, Default)]
pub struct Limits(Mutex<BTreeMap<(Option<MemberId>, Bucket), BucketLevel>>);

impl Limits {
    /// Takes tokens from a bucket of `payer`, or from the shared one of everyone without a key; returns true if there
    /// were enough. A batch that costs more than the bucket's capacity passes when it is full, and leaves it in debt.
    pub fn charge(&self, payer: Option<MemberId>, tier: Tier, bucket: Bucket, tokens: u32, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = i64::from(tier.capacity(bucket)) * TOKEN;
        let level = buckets.entry((payer, bucket)).or_insert(BucketLevel { tokens: full, at: now });
        let inflow = (now - level.at).0.max(0).saturating_mul(i64::from(tier.refill_rate(bucket)));
        *level = BucketLevel { tokens: level.tokens.saturating_add(inflow).min(full), at: now.max(level.at) };
        let price = i64::from(tokens) * TOKEN;
        let is_enough = level.tokens >= price.min(full);
        if is_enough {
            level.tokens -= price;
        }
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_costs_what_the_venue_lists() {
        let check = |method: &str, path: &str, expect: u32| {
            assert_eq!(cost(method, &format!("/trade-api/v2{path}")), expect, "{method} {path}");
        };
        check("GET", "/portfolio/orders", 10);
        check("GET", "/portfolio/orders/0b7f", 2);
        check("GET", "/portfolio/orders/queue_positions", 10);
        check("GET", "/portfolio/orders/0b7f/queue_position", 10);
        check("POST", "/portfolio/events/orders", 10);
        check("DELETE", "/portfolio/events/orders", 10);
        check("DELETE", "/portfolio/events/orders/0b7f", 2);
        check("DELETE", "/portfolio/events/orders/batched", 2);
        check("POST", "/portfolio/orders", 20);
        check("DELETE", "/portfolio/orders/batched", 4);
        check("GET", "/cfbenchmarks/a/b", 150);
        check("GET", "/markets", 10);
    }
}
