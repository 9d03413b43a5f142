//! How far this machine's clock is from the venue's, from the `Date` of each answer.
//!
//! One answer tells the venue's time to a second and the time that it took. Answers whose seconds began at different times
//! tell more together: what all of them allow is kept. One that allows nothing of it says that a clock was set.

use host_core::{Span, Timestamp};

use super::Kalshi;
use super::error::{Nonsense, ReadError};
use super::http::Ask;
use super::wire::ExchangeStatus;

/// The header has whole seconds.
const SECOND: Span = Span::seconds(1);

/// Two clocks drift apart by no more than 1 part in so many: 500 ppm is the most that the kernel slews (adjtimex(2)).
const DRIFT: i64 = 2_000;

/// [`Kalshi::venue_time`] asks again while it knows the time less precisely: an answer took more than half a second then.
const PRECISE: Span = Span::millis(1_500);

/// Answers that it asks for at most.
const SAMPLES: u32 = 5;

/// Which time it is at the venue, as narrowly as its answers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueTime {
    /// Not before this.
    pub earliest: Timestamp,
    /// Not after this.
    pub latest: Timestamp,
    /// What the clock that requests are signed with said then: [`Clock::system_now`](crate::clock::Clock::system_now).
    pub local: Timestamp,
}

/// What is known of a clock beside the venue's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// They are certainly no farther apart than is tolerated.
    Agrees,
    /// They are certainly farther apart, at least by this: positive if this machine's clock is ahead.
    Apart(Span),
    /// It cannot be told; they may be this far apart.
    Unclear(Span),
}

impl VenueTime {
    /// What one answer tells that was asked for at `asked`, came at `answered` and is dated `date`, to the second below.
    /// Nothing if this machine's clock was set back meanwhile.
    pub(super) fn told(asked: Timestamp, answered: Timestamp, date: Timestamp) -> Option<VenueTime> {
        // The date was written at some time between the question and its answer.
        let latest = date + SECOND + (answered - asked);
        (answered >= asked).then_some(VenueTime { earliest: date, latest, local: answered })
    }

    /// How far this machine's clock is ahead of the venue's (negative: behind), at the least; zero if they may agree.
    pub fn skew(&self) -> Span {
        if self.local < self.earliest {
            self.local - self.earliest
        } else if self.local > self.latest {
            self.local - self.latest
        } else {
            Span::ZERO
        }
    }

    /// How far the two may be apart, at the most; not negative.
    pub fn farthest(&self) -> Span {
        (self.local - self.earliest).max(self.latest - self.local)
    }

    /// How little is known of the venue's time.
    pub fn uncertainty(&self) -> Span {
        self.latest - self.earliest
    }

    /// Whether the clocks are within `tolerance` of each other, as far as can be told.
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

    /// The same at another local time: less certain, as clocks drift.
    fn carried(self, local: Timestamp) -> VenueTime {
        let passed = local - self.local;
        let drift = Span(passed.0.abs() / DRIFT);
        VenueTime { earliest: self.earliest + passed - drift, latest: self.latest + passed + drift, local }
    }
}

/// The best that is known; nothing before the first answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skew(Option<VenueTime>);

impl Skew {
    pub(super) fn known(self) -> Option<VenueTime> {
        self.0
    }

    /// Takes in what one more answer tells. Where it contradicts what was known, a clock was set: then it alone counts.
    pub(super) fn learn(&mut self, told: VenueTime) {
        let narrowed = self.0.map(|known| {
            let known = known.carried(told.local);
            let (earliest, latest) = (known.earliest.max(told.earliest), known.latest.min(told.latest));
            VenueTime { earliest, latest, local: told.local }
        });
        self.0 = narrowed.filter(|both| both.earliest <= both.latest).or(Some(told));
    }
}

impl Kalshi {
    /// How the clock that requests are signed with compares to the venue's: the narrowest estimate that all answers so far
    /// allow, as of the latest one (`local`); `None` before the first. Costs nothing: look at it during a run, because a clock
    /// that drifts or is set makes signatures and expiry times wrong.
    pub fn skew(&self) -> Option<VenueTime> {
        self.shared.http.skew()
    }

    /// Which time it is at the venue. Asks until that is known to a second and a half, a few times at the most; a refusal for
    /// a wrong clock (401) tells it as well. Whether that is precise enough, [`VenueTime::agreement`] says.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn venue_time(&self) -> Result<VenueTime, ReadError> {
        let ask = Ask::get("/exchange/status");
        for _ in 0..SAMPLES {
            match self.read::<ExchangeStatus>(&ask).await {
                Ok(_) | Err(ReadError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
            if self.skew().is_some_and(|time| time.uncertainty() <= PRECISE) {
                break;
            }
        }
        let undated = Nonsense { what: "it has no date".to_owned(), place: ask.place(), excerpt: String::new() };
        self.skew().ok_or(ReadError::Nonsense(undated))
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
    fn only_a_quick_answer_proves_that_clocks_agree() {
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
    fn answers_tell_more_together_and_a_step_is_believed() {
        let mut skew = Skew::default();
        assert_eq!(skew.known(), None);
        // The venue's clock is 200 ms ahead.
        skew.learn(told(0, 0, 0));
        skew.learn(told(700, 700, 0));
        skew.learn(told(800, 800, 1_000));
        let known = skew.known().expect("it is known");
        assert!(known.uncertainty() <= Span::millis(101), "{known:?}");
        assert!((at(900)..=at(1_000)).contains(&known.earliest), "{known:?}");
        // A slow answer takes nothing away.
        skew.learn(told(900, 5_900, 3_000));
        assert!(skew.known().expect("it is known").uncertainty() <= Span::millis(110));
        // This machine's clock is set back by 3 s.
        skew.learn(told(3_000, 3_000, 6_000));
        assert_eq!(skew.known(), Some(told(3_000, 3_000, 6_000)));
    }

    proptest! {
        #[test]
        fn the_true_time_is_never_ruled_out(
            offset in -10_000i64..10_000,
            answers in prop::collection::vec((0i64..60_000, 0i64..3_000, 0i64..=1_000), 1..40),
        ) {
            let (mut skew, mut local) = (Skew::default(), 0);
            for (pause, took, part) in answers {
                let asked = local + pause;
                local = asked + took;
                let written = asked + took * part / 1_000 + offset;
                skew.learn(told(asked, local, written.div_euclid(1_000) * 1_000));
                let known = skew.known().expect("it is known");
                prop_assert!((known.earliest..=known.latest).contains(&at(local + offset)), "{known:?}");
                let apart = Span::millis(offset.abs());
                prop_assert!(known.skew() <= apart && known.skew() >= apart * -1 && known.farthest() >= apart, "{known:?}");
            }
        }
    }
}
