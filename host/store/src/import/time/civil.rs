//! Dates and clocks as nanoseconds since 1970.

use chrono::{Datelike, NaiveDate, NaiveTime};

pub(super) const SECOND_NS: i64 = 1_000_000_000;
/// Days of chrono's calendar, which counts from the first of January of the year 1, up to 1970.
const BEFORE_1970: i64 = 719_163;

/// Returns the number of days from 1970 to a date, if there is such a date, in the years 1 to 9999.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = i32::try_from(year).ok().filter(|year| (1..=9_999).contains(year))?;
    let date = NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    Some(i64::from(date.num_days_from_ce()) - BEFORE_1970)
}

/// Returns nanoseconds of a local date and clock; 64 bits count them from the year 1677 to 2262.
pub(super) fn local_nanos(date: (i64, i64, i64), clock: (i64, i64, i64), nanos: i64) -> Option<i64> {
    let day = days_from_civil(date.0, date.1, date.2)?;
    let part = |number: i64| u32::try_from(number).ok();
    NaiveTime::from_hms_opt(part(clock.0)?, part(clock.1)?, part(clock.2)?)?;
    let (hour, minute, second) = clock;
    (day * 86_400 + (hour * 60 + minute) * 60 + second).checked_mul(SECOND_NS)?.checked_add(nanos)
}
