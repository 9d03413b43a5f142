//! Quantiles of time spans in bounded memory, from a histogram whose buckets are at most 1/64 of their value wide.

use std::collections::BTreeMap;

use host_core::Span;

/// Buckets per doubling. At most 64 * 58 buckets can exist.
const STEPS: u64 = 64;

/// A histogram of spans. A quantile is the mean of the bucket that it falls into: within 1.6 %, and exact where spans
/// repeat, as those between polls do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quantiles {
    count: u64,
    /// Count and sum in nanoseconds, by bucket.
    buckets: BTreeMap<u64, (u64, i128)>,
}

impl Quantiles {
    pub(crate) fn add(&mut self, span: Span) {
        let nanoseconds = span.0.max(0);
        let bucket = self.buckets.entry(bucket(nanoseconds.unsigned_abs())).or_default();
        bucket.0 += 1;
        bucket.1 += i128::from(nanoseconds);
        self.count += 1;
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the `percent`-th percentile in seconds, by the nearest-rank method; `None` without spans.
    pub(crate) fn seconds(&self, percent: u64) -> Option<f64> {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let (count, sum) = self.buckets.values().find(|(count, _)| {
            seen += u128::from(*count);
            seen >= rank
        })?;
        Some(*sum as f64 / *count as f64 / 1e9)
    }
}

/// Returns the number of the bucket of `value`, made of its highest bit and the six bits after it.
fn bucket(value: u64) -> u64 {
    match value.checked_ilog2() {
        Some(bit) if bit >= 6 => u64::from(bit - 5) * STEPS + (value >> (bit - 6)) % STEPS,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quantiles(spans: &[i64]) -> Quantiles {
        let mut quantiles = Quantiles::default();
        spans.iter().for_each(|&span| quantiles.add(Span(span)));
        quantiles
    }

    #[test]
    fn repeated_spans_are_exact() {
        let thirty_seconds = 30_000_000_000;
        let all = quantiles(&[thirty_seconds, thirty_seconds, thirty_seconds, 2 * thirty_seconds]);
        assert_eq!((all.seconds(50), all.seconds(95)), (Some(30.0), Some(60.0)));
        assert_eq!(quantiles(&[]).seconds(50), None);
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_one_bucket_of_the_sorted_one(
            mut spans in proptest::collection::vec(0i64..10_000_000_000_000, 1..200), percent in 1u64..=100,
        ) {
            let found = quantiles(&spans).seconds(percent).unwrap();
            spans.sort_unstable();
            let rank = (spans.len() * percent as usize).div_ceil(100).max(1);
            let exact = spans[rank - 1] as f64 / 1e9;
            prop_assert!((found - exact).abs() <= exact / 64.0 + 1e-12, "{found} for {exact}");
        }

        #[test]
        fn buckets_are_few_and_in_order(a: u64, b: u64) {
            prop_assert!(bucket(a.max(b)) >= bucket(a.min(b)));
            prop_assert!(bucket(a) < STEPS * 59);
        }
    }
}
