//! Points in time (UTC) and spans of time, in nanoseconds. Nothing here reads a clock: time arrives in events.

use std::fmt;
use std::ops::{Add, Mul, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A point in time, in nanoseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    /// The empty span.
    pub const ZERO: Span = Span(0);
    /// 24 hours.
    pub const DAY: Span = Span::hours(24);

    /// Returns a span of `n` milliseconds.
    pub const fn millis(n: i64) -> Span {
        Span(n * 1_000_000)
    }

    /// Returns a span of `n` seconds.
    pub const fn seconds(n: i64) -> Span {
        Span::millis(n * 1_000)
    }

    /// Returns a span of `n` minutes.
    pub const fn minutes(n: i64) -> Span {
        Span::seconds(n * 60)
    }

    /// Returns a span of `n` hours.
    pub const fn hours(n: i64) -> Span {
        Span::minutes(n * 60)
    }

    /// Returns the span as a time to wait; that of a negative one is zero.
    pub fn as_duration(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }

    /// Returns a span of `n` days of 24 hours.
    pub const fn days(n: i64) -> Span {
        Span::hours(n * 24)
    }

    /// Returns the span in seconds.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Timestamp {
    /// Returns the number of the UTC day, in days since the epoch; negative before it.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(Span::DAY.0)
    }

    /// Returns midnight UTC at the start of day number `day`.
    pub const fn start_of_day(day: i64) -> Timestamp {
        Timestamp(day * Span::DAY.0)
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, other: Timestamp) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Mul<i64> for Span {
    type Output = Span;
    fn mul(self, n: i64) -> Span {
        Span(self.0.saturating_mul(n))
    }
}

/// The error for text that is not a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no span of time: write a number and a unit, such as 500ms, 30s, 10m, 48h, 21d or 8mo (months of 30 days)"
)]
pub struct SpanError(String);

/// Units from the largest to the smallest, in nanoseconds. A month is 30 days.
const UNITS: [(&str, i64); 6] = [
    ("mo", Span::days(30).0),
    ("d", Span::DAY.0),
    ("h", Span::hours(1).0),
    ("m", Span::minutes(1).0),
    ("s", Span::seconds(1).0),
    ("ms", Span::millis(1).0),
];

impl FromStr for Span {
    type Err = SpanError;

    /// Parses a non-negative number and one unit, such as `30s`, `1.5h` or `8mo`.
    fn from_str(text: &str) -> Result<Span, SpanError> {
        let error = || SpanError(text.to_owned());
        let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(error)?;
        let (number, unit) = (text[..split].trim(), &text[split..]);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
        let number: f64 = number.parse().map_err(|_| error())?;
        let nanoseconds = number * *scale as f64;
        // A sum of a timestamp and a longer span than this (146 years) could overflow.
        if !(0.0..4.6e18).contains(&nanoseconds) {
            return Err(error());
        }
        Ok(Span(nanoseconds.round() as i64))
    }
}

impl fmt::Display for Span {
    /// Writes the span in the largest unit that divides it, months excepted: `30s`, `10m`, `21d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fitting = UNITS[1..].iter().find(|(_, scale)| self.0 != 0 && self.0 % scale == 0);
        match fitting {
            Some((unit, scale)) => f.pad(&format!("{}{unit}", self.0 / scale)),
            None => f.pad(&format!("{}s", self.as_seconds())),
        }
    }
}

/// Serde functions for spans in configuration files: text such as `10m`. Journals keep nanoseconds instead.
pub mod span_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Span;

    /// Writes the span as text.
    ///
    /// # Errors
    /// The serializer failed.
    pub fn serialize<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(span)
    }

    /// Reads the span from text.
    ///
    /// # Errors
    /// The text is not a span, or the deserializer failed.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Timestamp {
    /// Writes ISO 8601 with milliseconds, such as `2026-01-31T12:00:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_date(self.day());
        let in_day = self.0.rem_euclid(Span::DAY.0) / 1_000_000;
        let (seconds, millis) = (in_day / 1_000, in_day % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// Returns year, month and day of the day number `day` since 1970-01-01, in the proleptic Gregorian calendar. Source:
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub fn civil_date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Returns the day number since 1970-01-01 of a date in the proleptic Gregorian calendar: the inverse of
/// [`civil_date`]. Source: Howard Hinnant, as above, `days_from_civil`.
pub fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is their last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_as_iso_8601() {
        let check = |time: i64, expect: &str| assert_eq!(Timestamp(time).to_string(), expect);
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_400_000_000_000, "2000-02-29T00:00:00.000Z");
        check(1_764_850_036_079_996_000, "2025-12-04T12:07:16.079Z");
        check(-1_000_000, "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn spans_are_parsed_and_written_with_units() {
        let check = |text: &str, expect: Option<Span>, shown: &str| {
            let span: Option<Span> = text.parse().ok();
            assert_eq!(span, expect, "{text}");
            assert_eq!(span.map_or(String::new(), |span| span.to_string()), shown, "{text}");
        };
        check("30s", Some(Span::seconds(30)), "30s");
        check("48h", Some(Span::hours(48)), "2d");
        check("8mo", Some(Span::days(240)), "240d");
        check("1.5h", Some(Span::minutes(90)), "90m");
        check("250ms", Some(Span::millis(250)), "250ms");
        check("0s", Some(Span::ZERO), "0s");
        for bad in ["", "30", "s", "-3s", "3 weeks", "NaNs", "1e300d"] {
            check(bad, None, "");
        }
    }

    #[test]
    fn days_are_utc_days_even_before_the_epoch() {
        assert_eq!(Timestamp(-1).day(), -1);
        assert_eq!(Timestamp::start_of_day(3).day(), 3);
    }

    #[test]
    fn dates_and_day_numbers_are_inverse() {
        for day in (-800_000..800_000).step_by(37) {
            let (year, month, of_month) = civil_date(day);
            assert_eq!(day_of_date(year, month, of_month), day, "{year}-{month}-{of_month}");
        }
    }
}
