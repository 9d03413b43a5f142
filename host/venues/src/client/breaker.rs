//! The circuit breaker: a venue that keeps failing gets no requests for a while, then one request probes it.
//!
//! Pure: callers pass the time. It stops only reads. The loop decides about orders, and nothing ever stops a cancel.

use host_core::{Span, Timestamp};

/// Failures in a row that open the breaker.
const LIMIT: u32 = 5;

/// Time for which it stays open, and for which the result of a probe is awaited.
const COOL_DOWN: Span = Span::seconds(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// Requests go through; `failures` of them failed in a row.
    Closed { failures: u32 },
    /// No request goes through before `until`.
    Open { until: Timestamp },
    /// One request probes; if it has not come back by `until`, the next one does.
    HalfOpen { until: Timestamp },
}

impl Breaker {
    pub(crate) const fn new() -> Breaker {
        Breaker::Closed { failures: 0 }
    }

    /// Admits a request at `now`.
    ///
    /// # Errors
    /// The time at which to ask again.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        match *self {
            Breaker::Closed { .. } => Ok(()),
            Breaker::Open { until } | Breaker::HalfOpen { until } if now < until => Err(until),
            Breaker::Open { .. } | Breaker::HalfOpen { .. } => {
                *self = Breaker::HalfOpen { until: now + COOL_DOWN };
                Ok(())
            }
        }
    }

    /// Returns the time before which no request goes through, if the breaker is not closed.
    pub(crate) const fn open_until(self) -> Option<Timestamp> {
        match self {
            Breaker::Open { until } | Breaker::HalfOpen { until } => Some(until),
            Breaker::Closed { .. } => None,
        }
    }

    /// Notes that the venue answered properly, even if only to refuse.
    pub(crate) fn succeeded(&mut self) {
        *self = Breaker::new();
    }

    /// Notes that a request failed at `now`.
    pub(crate) fn failed(&mut self, now: Timestamp) {
        *self = match *self {
            Breaker::Closed { failures } if failures + 1 < LIMIT => Breaker::Closed { failures: failures + 1 },
            Breaker::Closed { .. } | Breaker::HalfOpen { .. } => Breaker::Open { until: now + COOL_DOWN },
            // This request was under way when the breaker opened: it does not keep it open longer.
            open @ Breaker::Open { .. } => open,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp(1_000_000_000_000);

    #[test]
    fn the_fifth_failure_in_a_row_opens_it() {
        let mut breaker = Breaker::new();
        for _ in 0..4 {
            breaker.failed(START);
        }
        breaker.succeeded();
        for failure in 1..=5 {
            assert_eq!(breaker.admit(START), Ok(()), "before failure {failure}");
            breaker.failed(START);
        }
        assert_eq!(breaker.admit(START), Err(START + COOL_DOWN));
    }

    #[test]
    fn one_probe_goes_out_after_the_cool_down_and_decides() {
        let open = || Breaker::Open { until: START };
        let check = |after: fn(&mut Breaker), expect: Result<(), Timestamp>| {
            let mut breaker = open();
            assert_eq!(breaker.admit(START), Ok(()), "the probe");
            assert_eq!(breaker.admit(START), Err(START + COOL_DOWN), "a second one beside it");
            after(&mut breaker);
            assert_eq!(breaker.admit(START + Span::seconds(1)), expect);
        };
        check(Breaker::succeeded, Ok(()));
        check(|breaker| breaker.failed(START + Span::seconds(1)), Err(START + Span::seconds(1) + COOL_DOWN));
        // A probe that was dropped and never reports does not block reads for ever.
        check(|breaker| breaker.admit(START + COOL_DOWN).expect("probes again"), Err(START + COOL_DOWN + COOL_DOWN));
    }

    proptest! {
        #[test]
        fn it_refuses_only_after_five_failures_and_never_for_longer_than_its_cool_down(
            steps in prop::collection::vec((0i64..40, 0u8..3), 1..200),
        ) {
            let (mut breaker, mut now, mut row) = (Breaker::new(), START, 0u32);
            for (seconds, what) in steps {
                now = now + Span::seconds(seconds);
                match what {
                    0 => match breaker.admit(now) {
                        Ok(()) => {}
                        Err(until) => {
                            prop_assert!(row >= LIMIT, "refused after {row} failures");
                            prop_assert!(until > now && until - now <= COOL_DOWN);
                        }
                    },
                    1 => { breaker.failed(now); row += 1; }
                    _ => { breaker.succeeded(); row = 0; }
                }
            }
        }
    }
}
