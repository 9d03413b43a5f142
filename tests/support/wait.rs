//! Waiting for a condition, with a limit instead of fixed sleeps.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest wait for anything, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `find` returns something.
#[track_caller]
pub fn eventually<T>(what: &str, find: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, find)
}

/// Waits with another limit, for conditions that take longer even on an idle machine.
#[track_caller]
pub fn within<T>(patience: Duration, what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(begun.elapsed() < patience, "timed out waiting for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The machine's time, in nanoseconds since 1970.
pub fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(since.as_nanos()).expect("a time before 2262")
}
