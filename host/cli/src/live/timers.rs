//! When the live loop does what by itself. Pure: the time comes in.

use host_core::{Span, Timestamp};

/// How often things are done.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// Prices.
    pub poll: Span,
    /// Orders and fills, while there are any to look at.
    pub look: Span,
    /// The whole account.
    pub audit: Span,
    /// The engine's snapshot.
    pub snapshot: Span,
}

/// What is due next, and what is on its way.
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

    /// When to wake up for it.
    fn wake(self) -> Option<Timestamp> {
        (!self.asked).then_some(self.at)
    }
}

impl Timers {
    /// Everything but the snapshot is due at once.
    pub fn new(every: Intervals, now: Timestamp) -> Timers {
        let due = Due { at: now, asked: false };
        Timers { every, poll: due, look: due, audit: due, snapshot: now + every.snapshot }
    }

    /// Whether to poll, and for which time: the latest multiple of the interval. Missed polls stay missed.
    pub fn take_poll(&mut self, now: Timestamp) -> Option<Timestamp> {
        let due = self.poll.take(now);
        let time = Timestamp(now.0 - now.0.rem_euclid(self.every.poll.0));
        self.poll.at = if due { time + self.every.poll } else { self.poll.at };
        due.then_some(time)
    }

    /// Whether to look at orders and fills.
    pub fn take_look(&mut self, now: Timestamp) -> bool {
        let due = self.look.take(now);
        self.look.at = if due { now + self.every.look } else { self.look.at };
        due
    }

    /// Whether to compare the whole account.
    pub fn take_audit(&mut self, now: Timestamp) -> bool {
        let due = self.audit.take(now);
        self.audit.at = if due { now + self.every.audit } else { self.audit.at };
        due
    }

    /// Whether to take a snapshot.
    pub fn take_snapshot(&mut self, now: Timestamp) -> bool {
        let due = now >= self.snapshot;
        self.snapshot = if due { now + self.every.snapshot } else { self.snapshot };
        due
    }

    /// A poll was answered.
    pub fn polled(&mut self) {
        self.poll.asked = false;
    }

    /// A look was answered.
    pub fn looked(&mut self) {
        self.look.asked = false;
    }

    /// An audit was answered.
    pub fn audited(&mut self) {
        self.audit.asked = false;
    }

    /// The poll is to be repeated soon.
    pub fn poll_at(&mut self, time: Timestamp) {
        self.poll.at = self.poll.at.min(time);
    }

    /// Something has happened that a look will show.
    pub fn look_at(&mut self, time: Timestamp) {
        self.look.at = self.look.at.min(time);
    }

    /// The audit is to be repeated soon.
    pub fn audit_at(&mut self, time: Timestamp) {
        self.audit.at = self.audit.at.min(time);
    }

    /// When something is due next; `looking`: whether there is anything to look at.
    pub fn next(&self, looking: bool) -> Timestamp {
        let look = self.look.wake().filter(|_| looking);
        let wakes = [self.poll.wake(), look, self.audit.wake()];
        wakes.into_iter().flatten().fold(self.snapshot, Timestamp::min)
    }
}
