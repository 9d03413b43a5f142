//! The time of day.

/// Returns the time of day of a time in ISO 8601.
pub fn clock(time: &str) -> &str {
    time.get(11..19).unwrap_or(time)
}
