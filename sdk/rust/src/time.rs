//! Time in whole nanoseconds, as in the contract. A strategy has no clock: it learns the time from rows.

/// Nanoseconds since the Unix epoch, UTC.
pub type Timestamp = i64;
/// A length of time in nanoseconds.
pub type Duration = i64;

/// One millisecond.
pub const MILLISECOND: Duration = 1_000_000;
/// One second.
pub const SECOND: Duration = 1_000 * MILLISECOND;
/// One minute.
pub const MINUTE: Duration = 60 * SECOND;
/// One hour.
pub const HOUR: Duration = 60 * MINUTE;
/// 24 hours.
pub const DAY: Duration = 24 * HOUR;

/// Returns `n` hours, to the nearest nanosecond; saturates.
pub fn hours(n: f64) -> Duration {
    (n * HOUR as f64).round() as Duration
}

/// Returns `n` days of 24 hours, to the nearest nanosecond; saturates.
pub fn days(n: f64) -> Duration {
    hours(n * 24.0)
}
