//! Waits before a read is attempted again: 2 s, doubling, with jitter on top, 30 s at most.

use host_core::Span;

/// Wait after the first failure.
const FIRST: Span = Span::seconds(2);

/// Longest wait.
const LONGEST: Span = Span::seconds(30);

/// Waits of one client. The jitter depends only on its key and on how often it has waited: clients do not retry in
/// step, and a run can be repeated exactly.
#[derive(Debug)]
pub(crate) struct Backoff {
    state: u64,
}

impl Backoff {
    pub(crate) fn new(key_id: &str) -> Backoff {
        // FNV-1a (Fowler, Noll, Vo).
        let state = key_id
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Backoff { state }
    }

    /// Returns the wait after failed attempt `attempt`, counted from 1: the doubled time and up to a quarter more.
    pub(crate) fn wait(&mut self, attempt: u32) -> Span {
        let doubled = FIRST.0.saturating_mul(1 << attempt.saturating_sub(1).min(10));
        let jitter = i64::try_from(self.draw() % 250).unwrap_or(0);
        Span(doubled.saturating_add(doubled / 1_000 * jitter).min(LONGEST.0))
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_clients_do_not_retry_in_step() {
        let waits = |key: &str| {
            let mut backoff = Backoff::new(key);
            (1..6).map(|attempt| backoff.wait(attempt).0).collect::<Vec<_>>()
        };
        assert_eq!(waits("a"), waits("a"));
        assert_ne!(waits("a"), waits("b"));
    }

    proptest! {
        #[test]
        fn waits_double_from_two_seconds_up_to_thirty(key in ".*", attempt in 1u32..100, drawn in 0usize..50) {
            let mut backoff = Backoff::new(&key);
            for _ in 0..drawn {
                backoff.wait(1);
            }
            let least = Span::seconds(2i64.pow(attempt.min(5))).min(LONGEST);
            let wait = backoff.wait(attempt);
            prop_assert!(wait >= least && wait.0 <= (least.0 / 4 * 5).min(LONGEST.0), "{wait} after attempt {attempt}");
        }
    }
}
