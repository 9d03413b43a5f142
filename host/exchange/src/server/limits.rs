//! Rate limits: two token buckets per member, Read and Write, filled at the pace of his tier; one pair for everyone
//! without a key.
//!
//! The venue's rules (its page on rate limits): a request costs 10 tokens, a cancel 2, a batch as much as its items.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use host_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::venue::MemberId;

/// What a request costs unless it is in [`CHEAPER`].
pub const DEFAULT_COST: u32 = 10;
/// What a cancel costs.
pub const CANCEL_COST: u32 = 2;
/// The endpoints that cost something else: method, path, tokens. Batches cost this for each item.
pub const CHEAPER: [(&str, &str, u32); 2] = [
    ("DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}", CANCEL_COST),
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", CANCEL_COST),
];

/// How much a member may ask for.
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

/// What a request is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    /// Questions.
    Read,
    /// Orders and whatever else changes something.
    Write,
}

impl Tier {
    /// The name on the wire.
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

    /// Tokens that flow into a bucket in a second.
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

    /// Tokens that a bucket holds at most: what flows in within one second for Basic writes, two for other writes (the
    /// venue's specification 3.34, `BucketLimit`), and three for reads, where it says nothing.
    pub const fn capacity(self, bucket: Bucket) -> u32 {
        let seconds = match (self, bucket) {
            (Tier::Basic, Bucket::Write) => 1,
            (_, Bucket::Write) => 2,
            (_, Bucket::Read) => 3,
        };
        self.refill_rate(bucket) * seconds
    }
}

/// Tokens are counted in billionths, so that what flows in within nanoseconds is exact.
const TOKEN: i64 = 1_000_000_000;

#[derive(Clone, Copy, Debug)]
struct Level {
    tokens: i64,
    at: Timestamp,
}

/// Everyone's buckets.
#[derive(Debug, Default)]
pub struct Limits(Mutex<BTreeMap<(Option<MemberId>, Bucket), Level>>);

impl Limits {
    /// Takes tokens out of a bucket of `payer`, or of that of all who have no key; whether there were enough. A batch
    /// that costs more than the bucket holds goes through when it is full, and leaves it in debt.
    pub fn charge(&self, payer: Option<MemberId>, tier: Tier, bucket: Bucket, tokens: u32, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = i64::from(tier.capacity(bucket)) * TOKEN;
        let level = buckets.entry((payer, bucket)).or_insert(Level { tokens: full, at: now });
        let inflow = (now - level.at).0.max(0).saturating_mul(i64::from(tier.refill_rate(bucket)));
        *level = Level { tokens: level.tokens.saturating_add(inflow).min(full), at: now.max(level.at) };
        let price = i64::from(tokens) * TOKEN;
        let is_enough = level.tokens >= price.min(full);
        if is_enough {
            level.tokens -= price;
        }
        is_enough
    }
}
