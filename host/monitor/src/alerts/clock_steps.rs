//! Steps of the machine's clock, which people and NTP set: told apart from time that has passed.

use std::time::Instant;

use host_core::{Span, Timestamp};

/// The least difference that is a step: clocks that are trimmed differ by less between two looks.
const LEAST: Span = Span::seconds(2);

/// The last look at the machine's clock, and at one that nobody sets.
#[derive(Clone, Copy, Debug)]
pub struct ClockSteps {
    wall: Timestamp,
    steady: Instant,
}

impl ClockSteps {
    /// Begins with the machine's time.
    pub fn new(now: Timestamp) -> ClockSteps {
        ClockSteps { wall: now, steady: Instant::now() }
    }

    /// Returns by how much the clock was set since the last look; it shows `now`. That of a machine that slept was set,
    /// too.
    pub fn step(&mut self, now: Timestamp) -> Span {
        self.step_at(now, Instant::now())
    }

    fn step_at(&mut self, now: Timestamp, steady: Instant) -> Span {
        let passed = steady.saturating_duration_since(self.steady).as_nanos();
        let expected = self.wall + Span(i64::try_from(passed).unwrap_or(i64::MAX));
        *self = ClockSteps { wall: now, steady };
        let step = now - expected;
        if step.0.abs() < LEAST.0 { Span::ZERO } else { step }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use host_live::account_dir::AccountDir;

    use super::super::message::{Message, MessageKind, Told};
    use super::super::queue::Queue;
    use super::*;

    #[test]
    fn what_waits_goes_on_waiting_as_long_as_it_would_have() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp(1_767_225_600_000_000_000);
        let mut queue = Queue::open(&AccountDir::at(folder.path().to_owned()), now).unwrap();
        let message = |kind| Message::plain(kind, "alex", "headline", String::new());
        // One that failed, one that quiet hours hold, and one that waits for others.
        for kind in [MessageKind::Critical, MessageKind::Warning] {
            queue.add(&message(kind), &["mail"], now).unwrap();
        }
        queue.failed(1, "gone", now, Some(now + Span::seconds(4))).unwrap();
        queue.failed(2, "gone", now, Some(now + Span::hours(9))).unwrap();
        queue.hold(MessageKind::Warning, now, &Told::of_channel(now, "slack", "gone")).unwrap();
        for set in [Span::hours(1), Span::hours(-2), Span::minutes(30), Span::hours(3)] {
            let before = queue.held_since(MessageKind::Warning).unwrap().unwrap();
            queue.follow_clock(before + set).unwrap();
            let (since, last) = (queue.held_since(MessageKind::Warning), queue.last(MessageKind::Warning));
            let slack = Span::seconds(1);
            let is_near = |found: Timestamp, expect: Timestamp| (found - expect).0.abs() < slack.0;
            assert!(is_near(since.unwrap().unwrap(), before + set), "{set:?}");
            assert!(is_near(last.unwrap().unwrap(), before + set), "{set:?}");
            let next = queue.next("mail", before + set).unwrap().unwrap();
            assert!(next.id == 1 && is_near(next.next_try, before + set + Span::seconds(4)), "{set:?}: {next:?}");
        }
        queue.sent(1, now).unwrap();
        let next = queue.next("mail", now).unwrap().unwrap();
        assert_eq!((next.id, next.next_try), (2, now + Span::hours(9)), "a time of the day stays");
    }

    #[test]
    fn only_a_clock_that_was_set_has_a_step() {
        let (start, begun) = (Timestamp(1_767_225_600_000_000_000), Instant::now());
        let mut steps = ClockSteps { wall: start, steady: begun };
        let mut check = |wall: Span, steady_seconds: u64, expect: Span| {
            let found = steps.step_at(start + wall, begun + Duration::from_secs(steady_seconds));
            assert_eq!(found, expect, "{wall:?} after {steady_seconds} s");
        };
        check(Span::seconds(60), 60, Span::ZERO);
        check(Span::seconds(121), 120, Span::ZERO);
        check(Span::hours(1) + Span::seconds(122), 121, Span::hours(1));
        check(Span::hours(1) + Span::seconds(123), 122, Span::ZERO);
        check(Span::seconds(124 - 3_600), 123, Span::seconds(-7_200));
    }
}
