//! Budgets over wall time: that of a live strategy's calls, a backstop beside fuel for a machine on which fuel takes
//! longer than it should; and that of what a strategy has the host write. Neither is part of a decision.

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
        self.budget.pass(nanos(begun), nanos(begun));
        self.budget.take(u64::try_from((now - begun).as_micros()).unwrap_or(u64::MAX))
    }
}

/// A budget that fills up with wall time, however fast the market's time passes.
#[derive(Debug)]
pub(crate) struct WallBudget {
    since: Instant,
    budget: MinuteBudget,
}

impl WallBudget {
    /// Returns a full budget of so many units for each minute.
    pub fn new(per_minute: u64) -> WallBudget {
        WallBudget { since: Instant::now(), budget: MinuteBudget::new(per_minute) }
    }

    /// Takes `used` units if there are as many.
    pub fn take(&mut self, used: u64) -> bool {
        let now = nanos(self.since.elapsed());
        self.budget.pass(now, now);
        self.budget.take_all(used)
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
