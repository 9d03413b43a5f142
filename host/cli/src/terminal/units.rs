//! Text forms of times, sizes, spans and large numbers. Exact spans (`10m`) have theirs in [`Span`].

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, Weekday};
use host_core::{Span, Timestamp};
use host_sim::generator::MOST_OVERREACTION;

/// Formats a size, rounded, such as `1.4 MB`.
pub fn rough_size(bytes: u64) -> String {
    let exact = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", exact / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", exact / 1e6),
        _ => format!("{:.2} GB", exact / 1e9),
    }
}

/// Formats a span, rounded, such as `2.5 h`.
pub fn rough_span(span: Span) -> String {
    let seconds = span.as_seconds();
    match seconds.abs() {
        0.0..120.0 => format!("{seconds:.0} s"),
        120.0..7_200.0 => format!("{:.0} min", seconds / 60.0),
        7_200.0..172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} d", seconds / 86_400.0),
    }
}

/// Parses a span of at least a second, such as `10m`.
///
/// # Errors
/// It is none, or shorter.
pub fn at_least_a_second(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    if span < Span::seconds(1) { Err("it must be at least 1s".to_owned()) } else { Ok(span) }
}

/// Parses a date (`2026-01-31`, midnight UTC) or a time (`2026-01-31T12:00:00Z`).
///
/// # Errors
/// The text is neither; the message shows the forms.
pub fn parse_time(text: &str) -> Result<Timestamp, String> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0));
    let time =
        date.map(|date| date.and_utc()).or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()));
    time.and_then(|time| time.timestamp_nanos_opt()).map(Timestamp).ok_or_else(|| {
        format!("`{text}` is not a time: write a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z")
    })
}

/// Parses a week such as `2026-W31` (ISO 8601), and returns its Monday, 00:00 UTC.
///
/// # Errors
/// The text is none; the message shows the form.
pub fn parse_week(text: &str) -> Result<Timestamp, String> {
    let (year, week) = text.split_once("-W").unwrap_or_default();
    let (year, week) = (year.parse().ok(), week.parse().ok().filter(|_| week.len() == 2));
    let monday = year.zip(week).and_then(|(year, week)| NaiveDate::from_isoywd_opt(year, week, Weekday::Mon));
    let monday = monday.and_then(|monday| monday.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt());
    monday
        .map(Timestamp)
        .ok_or_else(|| format!("`{text}` is not a week: write the year and the week, such as 2026-W31"))
}

/// Returns a parser of whole numbers in `range`, whose error says which are allowed.
pub fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| match *range.end() {
            u64::MAX => format!("write a whole number, {} or more", range.start()),
            most => format!("write a whole number from {} to {}", range.start(), grouped(most)),
        })
    }
}

/// Parses the overreaction of synthetic markets.
///
/// # Errors
/// It is no number, or out of range; the message shows the range.
pub fn overreaction(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=MOST_OVERREACTION).contains(number));
    number.ok_or_else(|| format!("write a number from 0 to {MOST_OVERREACTION}, such as 0.55"))
}

/// Formats `n` with a comma between groups of three digits.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed_as_dates_or_to_the_second() {
        assert_eq!(parse_time("1970-01-02"), Ok(Timestamp::start_of_day(1)));
        assert_eq!(parse_time("1970-01-01T01:00:00+01:00"), Ok(Timestamp(0)));
        for bad in ["", "yesterday", "2026-13-01", "2026-01-31 12:00", "9999-01-01"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn weeks_begin_on_mondays() {
        assert_eq!(parse_week("2026-W02"), parse_time("2026-01-05"));
        assert_eq!(parse_week("2020-W53"), parse_time("2020-12-28"));
        for bad in ["", "2026", "2026-31", "2026-W3", "2026-W54", "2026-W00", "W31", "2026-W031"] {
            assert!(parse_week(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn whole_numbers_say_what_is_allowed() {
        let small = whole::<u32>(1..=100_000);
        assert_eq!((small("45"), small("100000")), (Ok(45), Ok(100_000)));
        for bad in ["0", "-5", "five", "1.5", "100001", ""] {
            assert_eq!(small(bad), Err("write a whole number from 1 to 100,000".to_owned()), "{bad}");
        }
        let any = whole::<u64>(0..=u64::MAX);
        assert_eq!((any("0"), any("-1")), (Ok(0), Err("write a whole number, 0 or more".to_owned())));
    }

    #[test]
    fn spans_and_sizes_are_rounded_for_people() {
        let check = |span: Span, expect: &str| assert_eq!(rough_span(span), expect);
        check(Span::ZERO, "0 s");
        check(Span::seconds(90), "90 s");
        check(Span::minutes(90), "90 min");
        check(Span::seconds(9_000), "2.5 h");
        check(Span::hours(72), "3.0 d");
        let check = |bytes: u64, expect: &str| assert_eq!(rough_size(bytes), expect);
        check(999, "999 B");
        check(116_699, "116.7 kB");
        check(268_435_456, "268.4 MB");
        check(3_000_000_000, "3.00 GB");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let check = |n: u64, expect: &str| assert_eq!(grouped(n), expect);
        check(0, "0");
        check(999, "999");
        check(31_104_000, "31,104,000");
    }
}
