//! The wall clock. Nothing else in the project reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the system's wall-clock time, in nanoseconds since 1970 (UTC).
///
/// It is set by people and by NTP, so it may go back. A time before 1970 reads as 0, one after 2262 as `i64::MAX`: a
/// clock that wrong belongs to no real run, and no caller could do better.
pub fn unix_nanos() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
