//! The timers of what the live loop does by itself. Pure: the time comes in.

use host_core::{Span, Timestamp};

/// The intervals between things that recur.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// Between polls of prices.
    pub poll: Span,
    /// Between looks at orders and fills, while there are any.
    pub look: Span,
    /// Between comparisons of the whole account.
    pub audit: Span,
    /// Between snapshots of the engine.
    pub snapshot: Span,
}

/// The times when things are due next, and the requests that are on their way.
#[derive(Clone, Debug)]
pub struct Timers {
    every: Intervals,
    poll: Due,
    look: Due,
    audit: Due,
    snapshot: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Due {
    at: Timestamp,
    /// Asked for, and not answered yet: never asked twice at once.
    asked: bool,
}

impl Due {
    fn take(&mut self, now: Timestamp) -> bool {
        let due = !self.asked && now >= self.at;
        self.asked |= due;
        due
    }

    /// Returns the time to wake up for it, unless it is on its way.
    fn wake(self) -> Option<Timestamp> {
        (!self.asked).then_some(self.at)
    }
}

impl Timers {
    /// Makes timers by which everything but the snapshot is due at once.
    pub fn new(every: Intervals, now: Timestamp) -> Timers {
        let due = Due { at: now, asked: false };
        Timers { every, poll: due, look: due, audit: due, snapshot: now + every.snapshot }
    }

    /// Returns the time of the poll that is due, if one is: the latest multiple of the interval. Missed polls stay
    /// missed.
    pub fn take_poll(&mut self, now: Timestamp) -> Option<Timestamp> {
        let due = self.poll.take(now);
        let time = Timestamp(now.0 - now.0.rem_euclid(self.every.poll.0));
        self.poll.at = if due { time + self.every.poll } else { self.poll.at };
        due.then_some(time)
    }

    /// Returns the interval between polls.
    pub fn poll_interval(&self) -> Span {
        self.every.poll
    }

    /// Returns true if no poll is on its way or due soon, so that nothing waits for a few milliseconds of other work.
    pub fn has_time(&self, now: Timestamp) -> bool {
        let margin = Span(self.every.poll.0 / 4).min(Span::seconds(1));
        !self.poll.asked && self.poll.at > now + margin
    }

    /// Returns true if a look at orders and fills is due.
    pub fn take_look(&mut self, now: Timestamp) -> bool {
        let due = self.look.take(now);
        self.look.at = if due { now + self.every.look } else { self.look.at };
        due
    }

    /// Returns true if a comparison of the whole account is due.
    pub fn take_audit(&mut self, now: Timestamp) -> bool {
        let due = self.audit.take(now);
        self.audit.at = if due { now + self.every.audit } else { self.audit.at };
        due
    }

    /// Returns true if a snapshot is to be taken: one that is due, or wanted `soon`, between two polls. It waits for
    /// the disk, and the orders of a poll must not wait for it.
    pub fn take_snapshot(&mut self, now: Timestamp, soon: bool) -> bool {
        let due = soon || now >= self.snapshot;
        // Polls that the venue never answers do not keep it off for ever.
        let take = due && self.has_time(now) || now >= self.snapshot + self.every.snapshot;
        self.snapshot = if take { now + self.every.snapshot } else { self.snapshot };
        take
    }

    /// Notes that the poll was answered.
    pub fn polled(&mut self) {
        self.poll.asked = false;
    }

    /// Notes that the look was answered.
    pub fn looked(&mut self) {
        self.look.asked = false;
    }

    /// Notes that the comparison's requests were answered.
    pub fn audited(&mut self) {
        self.audit.asked = false;
    }

    /// Brings the next poll forward to `time`.
    pub fn poll_at(&mut self, time: Timestamp) {
        self.poll.at = self.poll.at.min(time);
    }

    /// Brings the next look forward to `time`: something has happened that it will show.
    pub fn look_at(&mut self, time: Timestamp) {
        self.look.at = self.look.at.min(time);
    }

    /// Brings the next comparison forward to `time`.
    pub fn audit_at(&mut self, time: Timestamp) {
        self.audit.at = self.audit.at.min(time);
    }

    /// Returns the time when something is due next, as of `now`. Looks count only while there is anything to look at.
    pub fn next(&self, now: Timestamp, looking: bool) -> Timestamp {
        let snapshot = match self.poll.wake() {
            _ if self.has_time(now) => self.snapshot,
            Some(poll) => self.snapshot.max(poll),
            None => self.snapshot + self.every.snapshot,
        };
        let look = self.look.wake().filter(|_| looking);
        let wakes = [self.poll.wake(), look, self.audit.wake()];
        wakes.into_iter().flatten().fold(snapshot, Timestamp::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

    fn timers() -> Timers {
        let every = Intervals {
            poll: Span::seconds(30),
            look: Span::seconds(10),
            audit: Span::minutes(5),
            snapshot: Span::seconds(60),
        };
        let mut timers = Timers::new(every, START);
        assert!(timers.take_poll(START).is_some() && timers.take_audit(START));
        timers
    }

    fn at(seconds: i64) -> Timestamp {
        START + Span::seconds(seconds)
    }

    #[test]
    fn a_snapshot_waits_for_the_poll_but_not_for_ever() {
        let mut timers = timers();
        assert!(!timers.take_snapshot(at(61), false), "the poll has not been answered");
        assert!(timers.next(at(61), false) > at(61), "nothing is due before the answer");
        assert!(timers.take_snapshot(at(120), false), "the venue does not answer");
    }

    #[test]
    fn a_snapshot_is_taken_between_polls() {
        let mut timers = timers();
        timers.polled();
        assert!(!timers.take_snapshot(at(20), false), "it is not due");
        assert!(!timers.take_snapshot(at(29), true), "the next poll is too near");
        assert!(timers.take_snapshot(at(20), true), "it is wanted, and there is time");
        assert!(!timers.take_snapshot(at(79), false) && timers.take_poll(at(80)).is_some());
        timers.polled();
        assert!(timers.take_snapshot(at(81), false), "right after the poll");
    }

    #[test]
    fn waking_up_is_always_for_something() {
        for second in 0..600 {
            let mut timers = timers();
            timers.polled();
            timers.audited();
            let now = at(second);
            let due = timers.take_poll(now).is_some() | timers.take_audit(now) | timers.take_snapshot(now, false);
            let next = timers.next(now, false);
            assert!(next > now, "after {second} s, where something was due: {due}, it wakes at once");
        }
    }
}
