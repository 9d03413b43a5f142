//! The machine's clock, made fit to wait on: it never goes back, and it never stands.
//!
//! Waits that are reckoned on the system's clock freeze when NTP sets it back. So time runs on with the clock that nobody
//! sets, and follows the system's only forward: that is where a suspended machine or a late correction shows.

use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use host_core::{Span, Timestamp};

/// The system's clock is followed when it is ahead by more: less is the noise of two clocks.
const FOLLOWED: Span = Span::seconds(1);

/// What the machine's two clocks say at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The system's clock, which people and NTP set.
    pub system: Timestamp,
    /// The clock that only runs on, from any origin; it may stand while the machine is suspended.
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

/// A clock out of readings.
pub(super) struct Wall {
    source: Box<dyn Fn() -> Reading + Send + Sync>,
    /// The time that was told last, and the monotonic clock at that moment.
    last: Mutex<Reading>,
}

impl fmt::Debug for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wall").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Wall {
    pub(super) fn new(source: impl Fn() -> Reading + Send + Sync + 'static) -> Wall {
        let last = Mutex::new(source());
        Wall { source: Box::new(source), last }
    }

    /// The time that runs on, and the system's at the same moment.
    pub(super) fn read(&self) -> (Timestamp, Timestamp) {
        // Nothing panics while it holds the lock; what it guards is consistent after each statement anyway.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that readings come in their order.
        let reading = (self.source)();
        let passed = reading.monotonic.saturating_sub(last.monotonic);
        let running = last.system + Span(nanoseconds(passed));
        let now = if reading.system - running > FOLLOWED { reading.system } else { running };
        *last = Reading { system: now, monotonic: last.monotonic + passed };
        (now, reading.system)
    }
}
