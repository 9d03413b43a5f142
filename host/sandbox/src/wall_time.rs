//! The wall time that the calls of a live strategy take, against a budget over time: a backstop beside fuel, for a
//! machine on which fuel takes longer than it should.

use std::time::{Duration, Instant};

use crate::budget::MinuteBudget;

/// A budget of wall time.
#[derive(Debug)]
pub(crate) struct WallTime {
    since: Instant,
    /// In microseconds.
    budget: MinuteBudget,
}

impl WallTime {
    /// Returns a full budget of so many milliseconds for each minute.
    pub fn new(ms_per_minute: u64) -> WallTime {
        WallTime { since: Instant::now(), budget: MinuteBudget::new(ms_per_minute.saturating_mul(1_000)) }
    }

    /// Returns the time since its start.
    pub fn now(&self) -> Duration {
        self.since.elapsed()
    }

    /// Takes the time since `begun`. Returns false if there was not as much.
    pub fn take_since(&mut self, begun: Duration) -> bool {
        let now = self.now();
        let nanos = i64::try_from(begun.as_nanos()).unwrap_or(i64::MAX);
        self.budget.pass(nanos, nanos);
        self.budget.take(u64::try_from((now - begun).as_micros()).unwrap_or(u64::MAX))
    }
}
