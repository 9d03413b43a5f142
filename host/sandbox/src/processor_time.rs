//! The processor time of a call, against its limit: the backstop behind fuel, for code whose instructions are slow.
//!
//! It is the time of the thread that calls: on a machine with other work, a call that waits for its turn uses none.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::UpdateDeadline;

use crate::engine::EPOCH_MS;

/// The processor time of the present call. Most calls end within microseconds, and asking the system for the time takes
/// as long: it is asked first when a call is still there at the next tick of the epoch, and counts from then on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProcessorTime {
    /// Of the thread, at the first look.
    first: Option<Duration>,
    limit: Duration,
}

impl ProcessorTime {
    /// Begins a call that may use `limit_ms` milliseconds on this thread. Returns the ticks after which to look.
    pub fn begin(&mut self, limit_ms: u64) -> u64 {
        *self = ProcessorTime { first: None, limit: Duration::from_millis(limit_ms) };
        1
    }

    /// Returns how the call goes on.
    pub fn look(&mut self) -> UpdateDeadline {
        let now = of_thread();
        let used = now.saturating_sub(*self.first.get_or_insert(now));
        match self.limit.checked_sub(used) {
            Some(left) if !left.is_zero() => UpdateDeadline::Continue(ticks(left)),
            _ => UpdateDeadline::Interrupt,
        }
    }
}

/// Returns the ticks of the epoch in `time`. One more than the time needs: the current one may be nearly over.
fn ticks(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2).div_ceil(EPOCH_MS) + 1
}

fn of_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
