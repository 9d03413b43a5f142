//! The time of a swap as people write it, in UTC.

use chrono::{DateTime, Datelike, Days, NaiveDateTime, NaiveTime, Utc, Weekday};
use host_core::Timestamp;

use crate::terminal::error::{Report, Result};

/// Reads `text`: an exact time, or the next time after `now` that it names.
///
/// # Errors
/// It is no such time, or it is over.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp> {
    let text = text.trim();
    let time = parse_exact(text).or_else(|| next(text, now)).ok_or_else(|| {
        Report::usage(format!("`--at {text}` is no time"))
            .hint("write '23:59', 'Sun 23:59' or '2026-12-06 23:59', in UTC")
    })?;
    match time > now {
        true => Ok(time),
        false => Err(Report::usage(format!("`--at {text}` is over: the host's time is {now}"))
            .hint("leave `--at` out to swap now")),
    }
}

/// Reads an exact time: RFC 3339, or `2026-12-06 23:59` with or without seconds.
pub fn parse_exact(text: &str) -> Option<Timestamp> {
    let with_zone = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    let plain = || {
        let formats = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"];
        formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).map(|time| time.and_utc())
    };
    with_zone().or_else(plain)?.timestamp_nanos_opt().map(Timestamp)
}

/// Returns the next time after `now` that `text` names: a time of day, with or without a day of the week.
fn next(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (day, time) = match text.split_once(' ') {
        Some((day, time)) => (Some(day.parse::<Weekday>().ok()?), time),
        None => (None, text),
    };
    let time = NaiveTime::parse_from_str(time.trim(), "%H:%M").ok()?;
    let now_utc: DateTime<Utc> = DateTime::from_timestamp_nanos(now.0);
    let days = (0..=7).filter_map(|ahead| now_utc.date_naive().checked_add_days(Days::new(ahead)));
    days.filter(|date| day.is_none_or(|day| date.weekday() == day))
        .filter_map(|date| date.and_time(time).and_utc().timestamp_nanos_opt())
        .find(|time| *time > now.0)
        .map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_next_ones_that_they_name() {
        // A Wednesday.
        let now = parse_exact("2026-12-02 10:00").unwrap();
        let check = |text: &str, expect: &str| {
            assert_eq!(parse(text, now).ok(), parse_exact(expect), "{text}");
            assert!(parse_exact(expect).is_some(), "{expect}");
        };
        check("23:59", "2026-12-02 23:59");
        check("09:00", "2026-12-03 09:00");
        check("10:00", "2026-12-03 10:00");
        check("Sun 23:59", "2026-12-06 23:59");
        check("sunday 23:59", "2026-12-06 23:59");
        check("Wed 09:00", "2026-12-09 09:00");
        check("Wed 11:00", "2026-12-02 11:00");
        check("2026-12-06 23:59", "2026-12-06T23:59:00Z");
        check("2026-12-06T23:59:00+01:00", "2026-12-06 22:59");
        for text in ["", "25:00", "Sun", "Sunn 10:00", "2026-12-01 10:00", "2026-12-02 10:00", "soon", "Sun 10"] {
            assert!(parse(text, now).is_err(), "{text}");
        }
    }
}
