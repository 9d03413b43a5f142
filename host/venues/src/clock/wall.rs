//! The machine's clock, made fit to wait on: it never goes back and never stops.
//!
//! Waits measured by the system's clock freeze when NTP sets it back. So time advances with the monotonic clock, which
//! no one sets. It follows the system's clock only forward, as after a suspension or a late correction, and only where
//! the venue's own time agrees: a clock that is set into the future by mistake would carry the books there.

use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use host_core::{Span, Timestamp};

/// Lead from which on the system's clock is followed; a smaller one is the noise of two clocks.
const FOLLOWED: Span = Span::seconds(1);

/// Readings of the machine's two clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The system's clock, which operators and NTP set.
    pub system: Timestamp,
    /// The monotonic clock, from any origin; it may stop while the machine is suspended.
    pub monotonic: Duration,
}

impl Reading {
    /// Reads this machine's clocks.
    pub(super) fn of_machine() -> Reading {
        static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        // A clock set before 1970 reads as 1970: far behind, so it is not followed.
        Reading { system: Timestamp(host_system::clock::unix_nanos()), monotonic: ORIGIN.elapsed() }
    }
}

fn nanoseconds(passed: Duration) -> i64 {
    i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX)
}

/// Farthest that the system's clock may be outside of the venue's bounds to be followed.
const AGREED: Span = Span::seconds(2);

/// A clock that is computed from readings.
pub(super) struct WallClock {
    source: Box<dyn Fn() -> Reading + Send + Sync>,
    /// The time that was returned last, and the monotonic clock at that moment.
    last: Mutex<Reading>,
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WallClock").field("last", &self.last).finish_non_exhaustive()
    }
}

impl WallClock {
    pub(super) fn new(source: impl Fn() -> Reading + Send + Sync + 'static) -> WallClock {
        let last = Mutex::new(source());
        WallClock { source: Box::new(source), last }
    }

    /// Returns the time that never goes back, and the system's at the same moment.
    pub(super) fn read(&self) -> (Timestamp, Timestamp) {
        // Nothing panics while it holds the lock; the state is consistent after each statement anyway.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that readings are used in their order.
        let reading = (self.source)();
        let passed = reading.monotonic.saturating_sub(last.monotonic);
        let running = last.system + Span(nanoseconds(passed));
        *last = Reading { system: running, monotonic: last.monotonic + passed };
        (running, reading.system)
    }

    /// Follows the system's clock if that is ahead, and the venue's time, which lies between `earliest` and `latest`,
    /// agrees with it.
    pub(super) fn witness(&self, earliest: Timestamp, latest: Timestamp) {
        let (now, system) = self.read();
        let agrees = (earliest - AGREED..=latest + AGREED).contains(&system);
        if agrees && system - now > FOLLOWED {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.system = last.system.max(system);
        }
    }
}
