//! Parses a time: ISO 8601 with or without a zone, numbers since the epoch, and what people write.

use chrono::format::{Parsed, StrftimeItems};

use super::civil::{SECOND_NS, days_from_civil, local_nanos};
use super::format::TimeFormat;
use super::written;

/// Nanoseconds since 1970 of the first and of the last time that is one: from the year 2000 on, before 2100.
const TIMES: std::ops::Range<i64> = 946_684_800 * SECOND_NS..4_102_444_800 * SECOND_NS;
/// Days from 1899-12-30, from which spreadsheets count, to 1970.
const EXCEL_DAYS: f64 = 25_569.0;
/// The same times as days of spreadsheets.
const EXCEL: std::ops::Range<f64> = 36_526.0..73_051.0;

/// A time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Moment {
    /// Nanoseconds since 1970 in UTC.
    Utc(i64),
    /// The same of a clock whose zone is not written, as if it showed UTC.
    Local(i64),
}

impl Moment {
    fn nanos(self) -> i64 {
        match self {
            Moment::Utc(nanos) | Moment::Local(nanos) => nanos,
        }
    }
}

/// Parses `text`.
///
/// # Errors
/// A description of the problem: it is no time, none from 2000 to 2099, or can be read in two ways.
pub(in crate::import) fn parse(text: &str, format: &TimeFormat) -> Result<Moment, String> {
    let moment = match format {
        TimeFormat::Any | TimeFormat::Mdy | TimeFormat::Dmy => usual(text, format),
        TimeFormat::Epoch(unit_ns) => epoch(text, *unit_ns).map(Moment::Utc).ok_or_else(|| no_time(text, format)),
        TimeFormat::Excel => excel(text).map(Moment::Local).ok_or_else(|| no_time(text, format)),
        TimeFormat::Pattern(pattern) => by_pattern(text, pattern).ok_or_else(|| no_time(text, format)),
    }?;
    if TIMES.contains(&moment.nanos()) { Ok(moment) } else { Err(out_of_range(text)) }
}

fn no_time(text: &str, format: &TimeFormat) -> String {
    let text: String = text.chars().take(60).collect();
    match format {
        TimeFormat::Any => format!(
            "`{text}` is no time: ISO 8601 such as 2026-01-31T12:00:00Z, or a number since the epoch, is expected"
        ),
        format => format!("`{text}` is no time of the format `{format}`"),
    }
}

fn out_of_range(text: &str) -> String {
    let text: String = text.chars().take(60).collect();
    let excel = text.parse::<f64>().is_ok_and(|days| EXCEL.contains(&days));
    let hint = if excel { "; for dates of a spreadsheet say `--time-format excel`" } else { "" };
    format!("`{text}` is no time from 2000 to 2099{hint}")
}

fn usual(text: &str, format: &TimeFormat) -> Result<Moment, String> {
    if let Some(moment) = iso(text.as_bytes()) {
        return Ok(moment);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !text.is_empty() {
        let number = [SECOND_NS, 1_000_000, 1_000, 1].into_iter().filter_map(|unit_ns| epoch(text, unit_ns));
        if let Some(nanos) = number.into_iter().find(|nanos| TIMES.contains(nanos)) {
            return Ok(Moment::Utc(nanos));
        }
        if let Some(nanos) = compact(text) {
            return Ok(Moment::Local(nanos));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) || text.parse::<f64>().is_ok() {
            return Err(out_of_range(text));
        }
    }
    let (local, offset_s) = split_zone(text).ok_or_else(|| no_time(text, format))?;
    let local = written::read(local.trim_end(), format).map_err(|problem| match problem {
        Some(problem) => problem,
        None => no_time(text, format),
    })?;
    with_offset(local, offset_s).ok_or_else(|| no_time(text, format))
}

fn with_offset(local: i64, offset_s: Option<i64>) -> Option<Moment> {
    match offset_s {
        Some(seconds) => local.checked_sub(seconds * SECOND_NS).map(Moment::Utc),
        None => Some(Moment::Local(local)),
    }
}

/// Parses `2026-01-31`, with a clock behind `T` or a blank, and a zone behind that: most recordings have these, so it
/// is fast. Returns `None` for anything else.
fn iso(text: &[u8]) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let day = days_from_civil(digits(&date[..4])?, digits(&date[5..7])?, digits(&date[8..])?)?;
    let midnight = day.checked_mul(86_400 * SECOND_NS)?;
    let Some((b'T' | b't' | b' ', clock)) = rest.split_first() else {
        return rest.is_empty().then_some(Moment::Local(midnight));
    };
    let (hour, minute) = (digits(clock.get(..2)?)?, digits(clock.get(3..5)?)?);
    let (mut nanos, mut rest) = ((hour * 60 + minute) * 60 * SECOND_NS, &clock[5..]);
    if clock[2] != b':' || hour > 23 || minute > 59 {
        return None;
    }
    if let Some((b':', seconds)) = rest.split_first() {
        let second = digits(seconds.get(..2)?)?;
        nanos += if second <= 59 { second * SECOND_NS } else { return None };
        rest = &seconds[2..];
        if let Some((b'.' | b',', fraction)) = rest.split_first() {
            let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let kept = length.min(9);
            nanos += digits(&fraction[..kept])? * 10_i64.pow(9 - kept as u32);
            rest = &fraction[length..];
        }
    }
    let offset_s = offset_s(std::str::from_utf8(rest).ok()?)?;
    with_offset(midnight.checked_add(nanos)?, offset_s)
}

/// Parses a zone behind a clock: nothing, `Z`, ` UTC`, ` GMT`, or `+hh:mm`, `+hhmm` or `+hh` with or without a blank.
/// Returns the offset in seconds; `None` for anything else.
fn offset_s(zone: &str) -> Option<Option<i64>> {
    match zone.trim_start() {
        "" => return Some(None),
        "Z" | "z" | "UTC" | "GMT" => return Some(Some(0)),
        _ => {}
    }
    let zone = zone.trim_start();
    let (sign, rest) = (zone.as_bytes().first()?, zone.get(1..)?.as_bytes());
    let (hours, minutes) = match rest {
        [_, _] => (digits(rest)?, 0),
        [hours @ .., b':', _, _] if hours.len() == 2 => (digits(hours)?, digits(&rest[3..])?),
        [_, _, _, _] => (digits(&rest[..2])?, digits(&rest[2..])?),
        _ => return None,
    };
    let seconds = (hours * 60 + minutes) * 60;
    match sign {
        b'+' => Some(Some(seconds)),
        b'-' => Some(Some(-seconds)),
        _ => None,
    }
}

/// Splits a zone off `text`, and returns its offset in seconds.
fn split_zone(text: &str) -> Option<(&str, Option<i64>)> {
    for name in ["Z", "z", " UTC", " GMT"] {
        if let Some(local) = text.strip_suffix(name).filter(|local| local.ends_with(|end: char| end.is_ascii_digit())) {
            return Some((local, Some(0)));
        }
    }
    // A date has such signs as well, but no clock before them.
    let clock = text.find(':').unwrap_or(text.len());
    match text[clock..].find(['+', '-']).map(|at| clock + at) {
        Some(sign) => Some((&text[..sign], offset_s(&text[sign..])?)),
        None => Some((text, None)),
    }
}

fn digits(text: &[u8]) -> Option<i64> {
    if text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Parses `yyyymmdd`, `yyyymmddhhmm` or `yyyymmddhhmmss`.
fn compact(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.as_bytes().get(from..to).map_or(Some(0), digits);
    if !matches!(text.len(), 8 | 12 | 14) || text.contains('.') {
        return None;
    }
    local_nanos((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?), 0)
}

/// Parses a number of units since the epoch and returns nanoseconds. Fractions are exact.
fn epoch(text: &str, unit_ns: i64) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut nanos = i128::from(digits(whole.as_bytes()).or_else(|| whole.parse().ok())?) * i128::from(unit_ns);
    let mut place = i128::from(unit_ns);
    for digit in fraction.bytes() {
        place /= 10;
        nanos += i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?) * place;
    }
    i64::try_from(nanos).ok()
}

/// A spreadsheet's day has a fraction of a few digits: its time is rounded to milliseconds.
fn excel(text: &str) -> Option<i64> {
    let days: f64 = text.parse().ok().filter(|days| EXCEL.contains(days))?;
    Some(((days - EXCEL_DAYS) * 86_400_000.0).round() as i64 * 1_000_000)
}

fn by_pattern(text: &str, pattern: &str) -> Option<Moment> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, StrftimeItems::new(pattern)).ok()?;
    let has_clock = parsed.hour_div_12().is_some() || parsed.hour_mod_12().is_some();
    if !has_clock && parsed.timestamp().is_none() {
        parsed.set_hour(0).ok()?;
    }
    if parsed.minute().is_none() && parsed.timestamp().is_none() {
        parsed.set_minute(0).ok()?;
    }
    let local =
        parsed.to_naive_datetime_with_offset(parsed.offset().unwrap_or(0)).ok()?.and_utc().timestamp_nanos_opt()?;
    let offset_s = parsed.offset().or(parsed.timestamp().map(|_| 0)).map(i64::from);
    with_offset(local, offset_s)
}
