//! Dates and clocks as nanoseconds since 1970.

pub(super) const SECOND_NS: i64 = 1_000_000_000;

/// Returns the number of days from 1970 to a date, if there is such a date.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || !(1..=9_999).contains(&year) {
        return None;
    }
    // Years begin in March, so that the day that is not always there is the last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Returns nanoseconds of a local date and clock.
pub(super) fn local_nanos(date: (i64, i64, i64), clock: (i64, i64, i64), nanos: i64) -> Option<i64> {
    let day = days_from_civil(date.0, date.1, date.2)?;
    let (hour, minute, second) = clock;
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    valid.then_some((day * 86_400 + (hour * 60 + minute) * 60 + second) * SECOND_NS + nanos)
}
