//! The exchange's time: the wall clock, a faster clock, or one that moves only on request.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use host_core::{Span, Timestamp};

/// Exchange time by which a running clock may be ahead of what the exchange has processed, at least.
const LEAST_LEAD: Span = Span::minutes(2);
/// Real time by which it may be ahead: a little more than passes between two ticks.
const LEAD_SECONDS: f64 = 0.25;

/// A source of time that never goes back.
#[derive(Debug)]
pub enum ExchangeClock {
    /// Runs by itself, but never far ahead of what the exchange has processed: an exchange that cannot keep up is late,
    /// and says so, rather than wrong.
    Running {
        /// Exchange time at `started`.
        origin: Timestamp,
        started: Instant,
        /// Exchange seconds per second.
        speed: f64,
        /// Time up to which the exchange has processed everything.
        reached: AtomicI64,
    },
    /// Stands still until stepped. A client that steps it can trade three weeks in a minute, reproducibly.
    Stepped(AtomicI64),
}

impl ExchangeClock {
    /// Returns the wall clock.
    pub fn wall() -> ExchangeClock {
        ExchangeClock::running(machine_now(), 1.0)
    }

    /// Returns a clock that starts at `origin` now and runs at `speed` exchange seconds per second.
    pub fn running(origin: Timestamp, speed: f64) -> ExchangeClock {
        ExchangeClock::Running { origin, started: Instant::now(), speed, reached: AtomicI64::new(origin.0) }
    }

    /// Returns a clock that stands at `origin` until stepped.
    pub const fn stepped(origin: Timestamp) -> ExchangeClock {
        ExchangeClock::Stepped(AtomicI64::new(origin.0))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            ExchangeClock::Running { speed, reached, .. } => {
                let lead = LEAST_LEAD.max(Span((speed * LEAD_SECONDS * 1e9) as i64));
                self.wanted().min(Timestamp(reached.load(Ordering::Acquire)) + lead)
            }
            ExchangeClock::Stepped(now) => Timestamp(now.load(Ordering::Acquire)),
        }
    }

    /// Returns the time that the clock would show if the exchange kept up.
    fn wanted(&self) -> Timestamp {
        match self {
            ExchangeClock::Running { origin, started, speed, .. } => {
                *origin + Span((started.elapsed().as_secs_f64() * speed * 1e9) as i64)
            }
            ExchangeClock::Stepped(now) => Timestamp(now.load(Ordering::Acquire)),
        }
    }

    /// Takes the time up to which the exchange has processed everything.
    pub(super) fn reach(&self, time: Timestamp) {
        if let ExchangeClock::Running { reached, .. } = self {
            reached.fetch_max(time.0, Ordering::AcqRel);
        }
    }

    /// Returns how far the exchange is behind what its clock would show if it kept up.
    pub fn behind(&self) -> Lateness {
        match self {
            ExchangeClock::Running { origin, started, speed, reached } => {
                let reached = Timestamp(reached.load(Ordering::Acquire));
                let span = (self.wanted() - reached).max(Span::ZERO);
                let real = started.elapsed().as_secs_f64();
                let held = if real > 0.0 { (reached - *origin).as_seconds() / real } else { *speed };
                Lateness { span, real_seconds: span.as_seconds() / speed, held, asked: *speed }
            }
            ExchangeClock::Stepped(_) => Lateness { span: Span::ZERO, real_seconds: 0.0, held: 1.0, asked: 1.0 },
        }
    }

    /// Returns the times that a client's clock may show: the exchange's time and, on a running clock, the machine's.
    /// A client trading on a faster exchange, or in the past, signs with the machine's time; one on a stepped
    /// exchange reads the exchange's clock.
    pub(super) fn of_clients(&self) -> ClientTimes {
        let machine = match self {
            ExchangeClock::Running { .. } => Some(machine_now()),
            ExchangeClock::Stepped(_) => None,
        };
        ClientTimes { exchange: self.now(), machine }
    }

    /// Moves a stepped clock to `time`, never back; returns false for a running clock.
    pub fn step_to(&self, time: Timestamp) -> bool {
        let ExchangeClock::Stepped(now) = self else { return false };
        now.fetch_max(time.0, Ordering::AcqRel);
        true
    }
}

/// Delay of the exchange behind its clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lateness {
    /// In exchange time.
    pub span: Span,
    /// In real time, at the speed that was asked for.
    pub real_seconds: f64,
    /// Exchange seconds per second, on average since the start.
    pub held: f64,
    /// Exchange seconds per second, as asked for.
    pub asked: f64,
}

impl Lateness {
    /// Returns true if it is more than the time between two ticks, with the noise of a busy machine.
    pub fn is_late(&self) -> bool {
        self.real_seconds > 2.0
    }
}

/// Times that a client's clock may show when a request arrives. A fault can override them, as an extension of the
/// request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientTimes {
    pub exchange: Timestamp,
    /// The machine's time, if it is accepted too.
    pub machine: Option<Timestamp>,
}

impl ClientTimes {
    /// Returns both times moved ahead by `span`.
    pub(super) fn ahead(self, span: Span) -> ClientTimes {
        ClientTimes { exchange: self.exchange + span, machine: self.machine.map(|time| time + span) }
    }

    /// Returns true if `time` lies within `window` of one of them.
    pub(super) fn are_near(self, time: Timestamp, window: Span) -> bool {
        let is_near = |now: Timestamp| now.0.abs_diff(time.0) <= window.0.unsigned_abs();
        is_near(self.exchange) || self.machine.is_some_and(is_near)
    }
}

fn machine_now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}
