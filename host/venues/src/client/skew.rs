//! Offset of this machine's clock from the venue's, estimated from the `Date` header of each response.
//!
//! One response bounds the venue's time to a second plus the time that the request took. Responses whose seconds began
//! at different times bound it further together: the estimate is what all of them allow. A response that contradicts
//! the estimate shows that a clock was set.

use host_core::{Span, Timestamp};

/// Resolution of the `Date` header (RFC 9110, section 5.6.7).
const SECOND: Span = Span::seconds(1);

/// Two clocks drift apart by at most 1 part in this many: 500 ppm is the most that the kernel slews (adjtimex(2)).
const DRIFT: i64 = 2_000;

/// The time at the venue, as narrowly as its responses bound it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueTime {
    /// Earliest possible time.
    pub earliest: Timestamp,
    /// Latest possible time.
    pub latest: Timestamp,
    /// Reading at that moment of the clock that requests are signed with:
    /// [`Clock::system_now`](crate::clock::Clock::system_now).
    pub local: Timestamp,
}

/// Result of comparing a clock with the venue's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The clocks are certainly within the tolerance.
    Agrees,
    /// The clocks are certainly farther apart, by at least this much; positive if this machine's clock is ahead.
    Apart(Span),
    /// The responses do not decide it; the clocks may be this far apart.
    Unclear(Span),
}

impl VenueTime {
    /// Returns the bounds from one response, dated `date` (rounded down to a second), to a request sent at `asked` and
    /// answered at `answered`; `None` if this machine's clock was set back in between.
    pub(crate) fn told(asked: Timestamp, answered: Timestamp, date: Timestamp) -> Option<VenueTime> {
        // The venue wrote the date at some time between the request and its response.
        let latest = date + SECOND + (answered - asked);
        (answered >= asked).then_some(VenueTime { earliest: date, latest, local: answered })
    }

    /// Returns the least lead of this machine's clock over the venue's (negative: behind); zero if they may agree.
    pub fn skew(&self) -> Span {
        if self.local < self.earliest {
            self.local - self.earliest
        } else if self.local > self.latest {
            self.local - self.latest
        } else {
            Span::ZERO
        }
    }

    /// Returns the most by which the two clocks may be apart; not negative.
    pub fn farthest(&self) -> Span {
        (self.local - self.earliest).max(self.latest - self.local)
    }

    /// Returns the width of the bounds.
    pub fn uncertainty(&self) -> Span {
        self.latest - self.earliest
    }

    /// Returns whether the clocks are within `tolerance` of each other, as far as the bounds decide it.
    pub fn agreement(&self, tolerance: Span) -> Agreement {
        let skew = self.skew();
        if skew.max(skew * -1) > tolerance {
            Agreement::Apart(skew)
        } else if self.farthest() > tolerance {
            Agreement::Unclear(self.farthest())
        } else {
            Agreement::Agrees
        }
    }

    /// Returns the bounds at another local time: wider, because clocks drift.
    fn carried(self, local: Timestamp) -> VenueTime {
        let passed = local - self.local;
        let drift = Span(passed.0.abs() / DRIFT);
        VenueTime { earliest: self.earliest + passed - drift, latest: self.latest + passed + drift, local }
    }
}

/// The current estimate; none before the first response.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SkewEstimate(Option<VenueTime>);

impl SkewEstimate {
    pub(crate) fn known(self) -> Option<VenueTime> {
        self.0
    }

    /// Narrows the estimate by one more response's bounds, or replaces it if they contradict it: a clock was set.
    pub(crate) fn learn(&mut self, told: VenueTime) {
        let narrowed = self.0.map(|known| {
            let known = known.carried(told.local);
            let (earliest, latest) = (known.earliest.max(told.earliest), known.latest.min(told.latest));
            VenueTime { earliest, latest, local: told.local }
        });
        self.0 = narrowed.filter(|both| both.earliest <= both.latest).or(Some(told));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp(1_790_000_000_000_000_000) + Span::millis(millis)
    }

    fn told(asked: i64, answered: i64, date: i64) -> VenueTime {
        VenueTime::told(at(asked), at(answered), at(date)).expect("it tells")
    }

    #[test]
    fn only_a_quick_response_proves_that_clocks_agree() {
        let check = |asked: i64, answered: i64, expect: Agreement| {
            assert_eq!(told(asked, answered, 0).agreement(Span::seconds(2)), expect, "{asked} {answered}");
        };
        check(400, 500, Agreement::Agrees);
        check(0, 2_000, Agreement::Agrees);
        check(0, 2_001, Agreement::Unclear(Span::millis(2_001)));
        check(-4_000, 500, Agreement::Unclear(Span::millis(5_000)));
        check(2_900, 3_000, Agreement::Unclear(Span::seconds(3)));
        check(3_900, 4_000, Agreement::Apart(Span::millis(2_900)));
        check(-5_000, -4_900, Agreement::Apart(Span::millis(-4_900)));
        assert_eq!(VenueTime::told(at(1), at(0), at(0)), None, "the clock was set back meanwhile");
    }

    #[test]
    fn responses_narrow_the_estimate_together_and_a_step_is_believed() {
        let mut skew = SkewEstimate::default();
        assert_eq!(skew.known(), None);
        // The venue's clock is 200 ms ahead.
        skew.learn(told(0, 0, 0));
        skew.learn(told(700, 700, 0));
        skew.learn(told(800, 800, 1_000));
        let known = skew.known().expect("it is known");
        assert!(known.uncertainty() <= Span::millis(101), "{known:?}");
        assert!((at(900)..=at(1_000)).contains(&known.earliest), "{known:?}");
        // A slow response widens nothing.
        skew.learn(told(900, 5_900, 3_000));
        assert!(skew.known().expect("it is known").uncertainty() <= Span::millis(110));
        // This machine's clock is set back by 3 s.
        skew.learn(told(3_000, 3_000, 6_000));
        assert_eq!(skew.known(), Some(told(3_000, 3_000, 6_000)));
    }

    proptest! {
        #[test]
        fn the_true_time_is_never_excluded(
            offset in -10_000i64..10_000,
            answers in prop::collection::vec((0i64..60_000, 0i64..3_000, 0i64..=1_000), 1..40),
        ) {
            let (mut skew, mut local) = (SkewEstimate::default(), 0);
            for (pause, took, part) in answers {
                let asked = local + pause;
                local = asked + took;
                let written = asked + took * part / 1_000 + offset;
                skew.learn(told(asked, local, written.div_euclid(1_000) * 1_000));
                let known = skew.known().expect("it is known");
                prop_assert!((known.earliest..=known.latest).contains(&at(local + offset)), "{known:?}");
                let apart = Span::millis(offset.abs());
                let skew = known.skew();
                prop_assert!(skew <= apart && skew >= apart * -1 && known.farthest() >= apart, "{known:?}");
            }
        }
    }
}
