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
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock::running(Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)), 1.0)
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

    /// Moves a stepped clock to `time`, never back; whether it is one.
    pub fn step_to(&self, time: Timestamp) -> bool {
        let Clock::Stepped(now) = self else { return false };
        now.fetch_max(time.0, Ordering::AcqRel);
        true
    }
}
