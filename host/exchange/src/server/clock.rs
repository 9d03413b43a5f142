//! The exchange's time: the wall clock, a faster clock, or one that moves only on request.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use host_core::{Span, Timestamp};

/// A source of time that never goes back.
#[derive(Debug)]
pub enum ExchangeClock {
    Running {
        /// Exchange time at `started`.
        origin: Timestamp,
        started: Instant,
        /// Exchange seconds per second.
        speed: f64,
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
        ExchangeClock::Running { origin, started: Instant::now(), speed }
    }

    /// Returns a clock that stands at `origin` until stepped.
    pub const fn stepped(origin: Timestamp) -> ExchangeClock {
        ExchangeClock::Stepped(AtomicI64::new(origin.0))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            ExchangeClock::Running { origin, started, speed } => {
                *origin + Span((started.elapsed().as_secs_f64() * speed * 1e9) as i64)
            }
            ExchangeClock::Stepped(now) => Timestamp(now.load(Ordering::Acquire)),
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
