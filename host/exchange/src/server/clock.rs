//! The exchange's time: the wall clock, a faster one, or one that moves only when told to.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use host_core::{Span, Timestamp};

/// Where time comes from. It never goes back.
#[derive(Debug)]
pub enum Clock {
    /// `speed` seconds a second, from `origin` at the instant `started`.
    Running {
        /// The time at `started`.
        origin: Timestamp,
        /// When the server began.
        started: Instant,
        /// Exchange seconds per second.
        speed: f64,
    },
    /// Stands still until stepped: a client that steps it can trade three weeks in a minute, and again in the same way.
    Stepped(AtomicI64),
}

impl Clock {
    /// The wall clock.
    pub fn wall() -> Clock {
        Clock::running(machine_now(), 1.0)
    }

    /// A clock that begins at `origin` now and runs at `speed`.
    pub fn running(origin: Timestamp, speed: f64) -> Clock {
        Clock::Running { origin, started: Instant::now(), speed }
    }

    /// A clock that stands at `origin` until it is stepped.
    pub const fn stepped(origin: Timestamp) -> Clock {
        Clock::Stepped(AtomicI64::new(origin.0))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::Running { origin, started, speed } => {
                *origin + Span((started.elapsed().as_secs_f64() * speed * 1e9) as i64)
            }
            Clock::Stepped(now) => Timestamp(now.load(Ordering::Acquire)),
        }
    }

    /// What a client's clock may show: the exchange's time, and where that runs by itself also the machine's. A client
    /// that trades on a faster exchange, or in the past, signs with the machine's; one on a stepped exchange reads its
    /// clock.
    pub(super) fn of_clients(&self) -> ClientTimes {
        let machine = match self {
            Clock::Running { .. } => Some(machine_now()),
            Clock::Stepped(_) => None,
        };
        ClientTimes { exchange: self.now(), machine }
    }

    /// Moves a stepped clock to `time`, never back; whether it is one.
    pub fn step_to(&self, time: Timestamp) -> bool {
        let Clock::Stepped(now) = self else { return false };
        now.fetch_max(time.0, Ordering::AcqRel);
        true
    }
}

/// What a client's clock may show when a request comes; an extension of the request, where a fault says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientTimes {
    /// The exchange's time.
    pub exchange: Timestamp,
    /// The machine's, if that counts too.
    pub machine: Option<Timestamp>,
}

impl ClientTimes {
    /// Both later by so much.
    pub(super) fn ahead(self, span: Span) -> ClientTimes {
        ClientTimes { exchange: self.exchange + span, machine: self.machine.map(|time| time + span) }
    }

    /// Whether `time` lies within `window` of one of them.
    pub(super) fn are_near(self, time: Timestamp, window: Span) -> bool {
        let is_near = |now: Timestamp| now.0.abs_diff(time.0) <= window.0.unsigned_abs();
        is_near(self.exchange) || self.machine.is_some_and(is_near)
    }
}

fn machine_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
