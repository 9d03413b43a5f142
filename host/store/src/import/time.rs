//! Parses the times of recordings: ISO 8601 with or without a zone, or seconds, milliseconds, microseconds or
//! nanoseconds since the epoch.

use std::fmt;
use std::str::FromStr;

use chrono::{LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use host_core::Timestamp;

use crate::suggest::sentence_end;

/// The time zone of times that name none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Default for Zone {
    /// UTC.
    fn default() -> Zone {
        Zone(Tz::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name that is not a time zone, and the end of the sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone{1} Names are those of the IANA database, such as `America/New_York` or `UTC`")]
pub struct ZoneError(String, String);

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Zone, ZoneError> {
        let known = || TZ_VARIANTS.iter().map(|zone| zone.name());
        Tz::from_str(name).map(Zone).map_err(|_| ZoneError(name.to_owned(), sentence_end(name, known())))
    }
}

/// Parses the times of one file.
///
/// A local time that occurs twice, when clocks are set back, is taken as the first of the two, unless that is before
/// the previous time of the file; then as the second. A local time that does not occur, when clocks are set forward,
/// is converted with the offset from before the change.
#[derive(Clone, Debug)]
pub(super) struct TimeParser {
    zone: Tz,
    previous: Option<i64>,
    /// Number of local times that occur twice.
    pub(super) ambiguous: u64,
    /// Number of local times that do not occur.
    pub(super) nonexistent: u64,
}

impl TimeParser {
    pub(super) fn new(zone: Zone) -> TimeParser {
        TimeParser { zone: zone.0, previous: None, ambiguous: 0, nonexistent: 0 }
    }

    pub(super) fn read(&mut self, text: &str) -> Result<Timestamp, String> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !text.is_empty();
        let nanos = if is_number { epoch(text) } else { self.iso(text) };
        let nanos = nanos.ok_or_else(|| {
            format!(
                "`{text}` is no time: ISO 8601 such as 2026-01-31T12:00:00Z, or a number since the epoch, is expected"
            )
        })?;
        self.previous = Some(nanos);
        Ok(Timestamp(nanos))
    }

    fn iso(&mut self, text: &str) -> Option<i64> {
        let (local, offset_s) = split_zone(text)?;
        let local = naive(local.trim_end())?;
        let utc = match offset_s {
            Some(seconds) => local.checked_sub_signed(TimeDelta::try_seconds(seconds)?)?,
            None => self.utc(local)?,
        };
        utc.and_utc().timestamp_nanos_opt()
    }

    fn utc(&mut self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(time) => Some(time.naive_utc()),
            LocalResult::Ambiguous(first, second) => {
                self.ambiguous += 1;
                let goes_back = first.timestamp_nanos_opt() < self.previous;
                Some(if goes_back { second } else { first }.naive_utc())
            }
            LocalResult::None => {
                self.nonexistent += 1;
                let earlier = local.checked_sub_signed(TimeDelta::try_hours(3)?)?;
                let earlier_utc = self.zone.from_local_datetime(&earlier).earliest()?.naive_utc();
                local.checked_sub_signed(earlier - earlier_utc)
            }
        }
    }
}

/// Splits off a trailing `Z`, ` UTC`, `+hh:mm`, `+hhmm` or `+hh`, and returns its offset in seconds.
fn split_zone(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix(" UTC")) {
        return Some((local, Some(0)));
    }
    let Some(sign) = text.bytes().skip(10).position(|byte| byte == b'+' || byte == b'-').map(|at| at + 10) else {
        return Some((text, None));
    };
    let (local, offset) = text.split_at_checked(sign)?;
    let digits: String = offset[1..].chars().filter(|&letter| letter != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?),
        _ => return None,
    };
    let seconds = (hours * 60 + minutes) * 60;
    Some((local, Some(if offset.starts_with('-') { -seconds } else { seconds })))
}

fn naive(text: &str) -> Option<NaiveDateTime> {
    let formats = match text.as_bytes().get(10) {
        None => return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0),
        Some(b'T' | b't') => ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"],
        Some(_) => ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"],
    };
    formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

/// Parses a number since the epoch and returns nanoseconds. The magnitude gives the unit: seconds below 10^11 (the
/// year 5138), milliseconds below 10^14, microseconds below 10^17, else nanoseconds. Fractions are exact.
fn epoch(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i128 = whole.parse().ok()?;
    let unit_ns: i128 = match whole {
        n if n < 100_000_000_000 => 1_000_000_000,
        n if n < 100_000_000_000_000 => 1_000_000,
        n if n < 100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    let mut nanos = whole * unit_ns;
    let mut place = unit_ns;
    for digit in fraction.bytes() {
        place /= 10;
        nanos += i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?) * place;
    }
    i64::try_from(nanos).ok()
}
