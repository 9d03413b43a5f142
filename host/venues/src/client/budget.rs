//! The account's request budget: token buckets that mirror the venue's, so that it never has to answer 429.
//!
//! Reads and writes have separate buckets. Part of the write bucket is reserved for cancels: orders can never use up
//! the tokens that it takes to withdraw them. Pure: callers pass the time.
//!
//! Costs and basic limits are those of Kalshi: <https://docs.kalshi.com/getting_started/rate_limits>.

use host_core::{Span, Timestamp};

/// Tokens are counted in billionths, so that a rate per second is a whole number per nanosecond.
const TOKEN: i64 = 1_000_000_000;

/// Cost of a request, in tokens.
pub(crate) const REQUEST: u32 = 10;

/// Cost of a cancel, in tokens.
pub(crate) const CANCEL: u32 = 2;

/// Share of the write bucket that only cancels may use, in per cent.
const KEPT_FOR_CANCELS: i64 = 20;

/// Time in which a rate that was cut grows back to full speed, in nanoseconds; speeds are counted in these units.
const FULL: i64 = Span::minutes(1).0;

/// Lowest speed, however often the venue refuses.
const LEAST: i64 = FULL / 20;

/// Limit of one token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketLimit {
    /// Tokens a second.
    pub refill_rate: u32,
    /// Most tokens that the bucket holds.
    pub bucket_capacity: u32,
}

/// The account's request limits as the venue states them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLimits {
    /// The venue's name of the tier.
    pub usage_tier: String,
    pub read: BucketLimit,
    /// Orders and cancels.
    pub write: BucketLimit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestPurpose {
    Read,
    Place,
    Cancel,
}

#[derive(Clone, Debug)]
pub(crate) struct RequestBudget {
    read: TokenBucket,
    write: TokenBucket,
}

impl RequestBudget {
    /// Returns the budget of the basic tier: 200 tokens a second for reads, 100 for writes.
    pub(crate) const fn basic(now: Timestamp) -> RequestBudget {
        RequestBudget { read: TokenBucket::new(200, 200, now), write: TokenBucket::new(100, 100, now) }
    }

    /// Adopts the limits that the venue states.
    pub(crate) fn learn(&mut self, limits: &AccountLimits, now: Timestamp) {
        self.read.learn(limits.read, now);
        self.write.learn(limits.write, now);
    }

    /// Takes `cost` tokens at `now`.
    ///
    /// # Errors
    /// The time at which there may be enough tokens.
    pub(crate) fn take(&mut self, purpose: RequestPurpose, cost: u32, now: Timestamp) -> Result<(), Timestamp> {
        let kept = if purpose == RequestPurpose::Place { self.write.capacity / 100 * KEPT_FOR_CANCELS } else { 0 };
        self.bucket(purpose).take(i64::from(cost) * TOKEN, kept, now)
    }

    /// Notes a 429: the venue's bucket was empty after all.
    pub(crate) fn throttled(&mut self, purpose: RequestPurpose, now: Timestamp) {
        self.bucket(purpose).throttled(now);
    }

    fn bucket(&mut self, purpose: RequestPurpose) -> &mut TokenBucket {
        match purpose {
            RequestPurpose::Read => &mut self.read,
            RequestPurpose::Place | RequestPurpose::Cancel => &mut self.write,
        }
    }
}

#[derive(Clone, Debug)]
struct TokenBucket {
    /// Refill rate at full speed, in tokens a second.
    rate: i64,
    /// In billionths of a token.
    capacity: i64,
    /// In billionths of a token.
    tokens: i64,
    /// Part of the rate that is used, in [`FULL`]ths.
    speed: i64,
    at: Timestamp,
}

impl TokenBucket {
    const fn new(rate: i64, capacity: i64, at: Timestamp) -> TokenBucket {
        TokenBucket { rate, capacity: capacity * TOKEN, tokens: capacity * TOKEN, speed: FULL, at }
    }

    fn learn(&mut self, limit: BucketLimit, now: Timestamp) {
        self.fill(now);
        self.rate = i64::from(limit.refill_rate.max(1));
        // A bucket that cannot hold one request would never let one out.
        self.capacity = i64::from(limit.bucket_capacity.max(2 * REQUEST)) * TOKEN;
        self.tokens = self.tokens.min(self.capacity);
    }

    fn fill(&mut self, now: Timestamp) {
        let passed = (now - self.at).0;
        if passed <= 0 {
            return;
        }
        // At the speed that the interval began with: rather a little slow than too fast.
        let gained = i128::from(passed) * self.tokens_per_full() / i128::from(FULL);
        self.tokens = (i128::from(self.tokens) + gained).min(i128::from(self.capacity)) as i64;
        self.speed = self.speed.saturating_add(passed).min(FULL);
        self.at = now;
    }

    fn tokens_per_full(&self) -> i128 {
        i128::from(self.rate) * i128::from(self.speed)
    }

    fn take(&mut self, cost: i64, kept: i64, now: Timestamp) -> Result<(), Timestamp> {
        self.fill(now);
        let needed = (cost + kept).min(self.capacity);
        if self.tokens >= needed {
            self.tokens -= cost;
            return Ok(());
        }
        let missing = i128::from(needed - self.tokens) * i128::from(FULL);
        let nanoseconds = i64::try_from(missing / self.tokens_per_full().max(1)).unwrap_or(FULL) + 1;
        Err(now + Span(nanoseconds))
    }

    fn throttled(&mut self, now: Timestamp) {
        self.fill(now);
        self.tokens = 0;
        self.speed = (self.speed / 2).max(LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp(1_000_000_000_000);

    /// Takes as often as possible until `end`; returns how often that was.
    fn take_all(budget: &mut RequestBudget, purpose: RequestPurpose, cost: u32, end: Timestamp) -> u32 {
        let (mut now, mut taken) = (START, 0);
        while now <= end {
            match budget.take(purpose, cost, now) {
                Ok(()) => taken += 1,
                Err(until) => now = until,
            }
        }
        taken
    }

    #[test]
    fn orders_leave_a_fifth_of_the_bucket_to_cancels() {
        let mut budget = RequestBudget::basic(START);
        assert_eq!(take_all(&mut budget, RequestPurpose::Place, REQUEST, START), 8);
        assert_eq!(take_all(&mut budget, RequestPurpose::Cancel, CANCEL, START), 10);
        assert_eq!(take_all(&mut budget, RequestPurpose::Cancel, CANCEL, START), 0);
        // Refilled tokens go to the share of the cancels first.
        let later = START + Span::millis(200);
        assert!(budget.take(RequestPurpose::Place, REQUEST, later).is_err());
        assert_eq!(budget.take(RequestPurpose::Cancel, CANCEL, later), Ok(()));
    }

    #[test]
    fn reads_and_writes_do_not_share() {
        let mut budget = RequestBudget::basic(START);
        assert_eq!(take_all(&mut budget, RequestPurpose::Read, REQUEST, START), 20);
        assert_eq!(budget.take(RequestPurpose::Place, REQUEST, START), Ok(()));
    }

    #[test]
    fn a_refusal_halves_the_rate_for_a_while() {
        let per_second = |budget: &mut RequestBudget, from: i64| {
            let from = START + Span::seconds(from);
            budget.bucket(RequestPurpose::Read).fill(from);
            budget.bucket(RequestPurpose::Read).tokens = 0;
            budget.bucket(RequestPurpose::Read).fill(from + Span::seconds(1));
            budget.bucket(RequestPurpose::Read).tokens / TOKEN
        };
        let mut budget = RequestBudget::basic(START);
        assert_eq!(per_second(&mut budget, 0), 200);
        budget.throttled(RequestPurpose::Read, START + Span::seconds(1));
        assert_eq!(per_second(&mut budget, 1), 100);
        let growing = per_second(&mut budget, 15);
        assert!((110..190).contains(&growing), "{growing}");
        assert_eq!(per_second(&mut budget, 40), 200);
        for _ in 0..100 {
            budget.throttled(RequestPurpose::Read, START + Span::seconds(41));
        }
        assert_eq!(per_second(&mut budget, 41), 10, "it never stops for good");
    }

    proptest! {
        #[test]
        fn it_never_spends_more_than_the_venue_refills(
            rate in 1u32..5_000,
            capacity in 0u32..10_000,
            costs in prop::collection::vec((1u32..60, 0u8..3), 1..200),
        ) {
            let mut budget = RequestBudget::basic(START);
            let limit = BucketLimit { refill_rate: rate, bucket_capacity: capacity };
            budget.learn(&AccountLimits { usage_tier: String::new(), read: limit, write: limit }, START);
            let (mut now, mut spent) = (START, [0i128; 2]);
            for (cost, purpose) in costs {
                let purposes = [RequestPurpose::Read, RequestPurpose::Place, RequestPurpose::Cancel];
                let purpose = purposes[usize::from(purpose)];
                let mut tries = 0;
                while let Err(until) = budget.take(purpose, cost, now) {
                    tries += 1;
                    prop_assert!(until > now && tries < 1_000, "it waits and gets on");
                    now = until;
                }
                let spent = &mut spent[usize::from(purpose != RequestPurpose::Read)];
                *spent += i128::from(cost);
                let most = 100.max(capacity.max(200)) + cost;
                let refilled = i128::from((now - START).0) * i128::from(rate) / i128::from(TOKEN);
                prop_assert!(*spent <= refilled + i128::from(most), "{spent} spent, {refilled} refilled");
            }
        }
    }
}
