//! Rate limits: two token buckets per member, read and write, refilled at the rate of the member's tier; one shared
//! pair for everyone without a key.
//!
//! The venue's rules (its page on rate limits): a request costs 10 tokens, a cancel 2, a batch as much as its items.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use host_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::venue::MemberId;

/// Cost of requests that are not in [`CHEAPER`], in tokens.
pub const DEFAULT_COST: u32 = 10;
/// Cost of a cancel, in tokens.
pub const CANCEL_COST: u32 = 2;
/// Endpoints with other costs: method, path, tokens. For batches, the cost per item.
pub const CHEAPER: [(&str, &str, u32); 2] = [
    ("DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}", CANCEL_COST),
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", CANCEL_COST),
];

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

    /// Returns the capacity of a bucket, in tokens: the refill of one second for Basic writes, of two for other
    /// writes (the venue's specification 3.34, `BucketLimit`), and of three for reads, for which it gives no figure.
    pub const fn capacity(self, bucket: Bucket) -> u32 {
        let seconds = match (self, bucket) {
            (Tier::Basic, Bucket::Write) => 1,
            (_, Bucket::Write) => 2,
            (_, Bucket::Read) => 3,
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
