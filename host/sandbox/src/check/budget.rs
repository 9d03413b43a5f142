//! The time that a check has: a strategy that takes long for each row must not hold its author up for hours.

use std::fmt;
use std::time::{Duration, Instant};

/// The time that a check has, all parts together.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckTime {
    until: Instant,
    all: Duration,
}

impl CheckTime {
    pub(super) fn begin(all: Duration) -> CheckTime {
        CheckTime { until: Instant::now() + all, all }
    }

    /// Returns true once the time is over.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }
}

impl fmt::Display for CheckTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.all.as_secs())
    }
}
