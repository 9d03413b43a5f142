//! The hours of the days on which an entry of the schedule is in force, by the clocks of a time zone.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use host_core::{Span, Timestamp};
use host_store::zone::{Zone, ZoneError};

/// Nanoseconds of a second.
const SECOND: i64 = Span::seconds(1).0;
/// Minutes of a day by its clock; 24:00 is its end.
const DAY: u32 = 24 * 60;
/// The time for which an answer may hold at most: clocks are set at whole quarters of an hour UTC.
const QUARTER: i64 = 15 * 60;

/// Hours of days, by the clocks of a zone.
///
/// A moment is inside if the clock shows a time inside then. So an hour that clocks show twice is inside twice, and one
/// that they skip is left out; nothing has to be known about either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    /// From Monday on.
    days: [bool; 7],
    /// Minute of the day from which the hours last.
    from: u32,
    /// Minute of the day at which they end; on the next day, if it does not come after `from`.
    until: u32,
    zone: Tz,
}

impl Hours {
    /// Reads days such as `sat`, hours such as `22:00-06:00` or `00:00-24:00`, and an IANA zone. Hours over midnight
    /// belong to the day on which they begin.
    ///
    /// # Errors
    /// The key whose value is none, and why.
    pub fn parse(days: &[String], hours: &str, zone: &str) -> Result<Hours, (&'static str, String)> {
        let named = |why| move |text: String| (why, text);
        let days = days_of(days).map_err(named("days"))?;
        let (from, until) = minutes_of(hours).map_err(named("hours"))?;
        let zone = zone_of(zone).map_err(named("zone"))?;
        Ok(Hours { days, from, until, zone })
    }

    /// Returns true if `moment` is inside.
    pub fn contains(&self, moment: Timestamp) -> bool {
        let (today, minute) = self.clock(moment);
        let is_day = |day: Weekday| self.days[day.num_days_from_monday() as usize];
        if self.from < self.until {
            return is_day(today) && (self.from..self.until).contains(&minute);
        }
        (is_day(today) && minute >= self.from) || (is_day(today.pred()) && minute < self.until)
    }

    /// Returns a time after `moment` up to which the answer for it holds.
    pub fn holds_until(&self, moment: Timestamp) -> Timestamp {
        let (_, minute) = self.clock(moment);
        let ends = [self.from, self.until, DAY].into_iter().filter(|end| *end > minute);
        let left = i64::from(ends.min().unwrap_or(DAY) - minute) * 60;
        let seconds = moment.0.div_euclid(SECOND);
        // Minutes of all zones begin with those of UTC today; where they did not, a minute is asked again too often.
        let end = (seconds - seconds.rem_euclid(60) + left).min(seconds - seconds.rem_euclid(QUARTER) + QUARTER);
        Timestamp(end.max(seconds + 1).saturating_mul(SECOND))
    }

    /// Returns the moments of `days` at which these hours begin, for the comparison with others.
    pub fn beginnings(&self, days: impl Iterator<Item = NaiveDate>) -> impl Iterator<Item = Timestamp> {
        let of_week = days.filter(|day| self.days[day.weekday().num_days_from_monday() as usize]);
        of_week.filter_map(|day| {
            let begin = day.and_hms_opt(self.from / 60, self.from % 60, 0)?;
            let begin = self.zone.from_local_datetime(&begin).earliest()?;
            begin.timestamp_nanos_opt().map(Timestamp)
        })
    }

    /// Returns the day and its minute that the zone's clocks show at `moment`.
    fn clock(&self, moment: Timestamp) -> (Weekday, u32) {
        let local = DateTime::<Utc>::from_timestamp_nanos(moment.0).with_timezone(&self.zone);
        (local.weekday(), local.hour() * 60 + local.minute())
    }
}

/// Returns the days from `first` on for `count` days.
pub(super) fn days_from(first: NaiveDate, count: u64) -> impl Iterator<Item = NaiveDate> {
    (0..count).filter_map(move |days| first.checked_add_days(Days::new(days)))
}

fn days_of(names: &[String]) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    for name in names {
        let day: Weekday =
            name.parse().map_err(|_| format!("`{name}` is no day: write such as `sat` or `saturday`"))?;
        days[day.num_days_from_monday() as usize] = true;
    }
    if names.is_empty() {
        return Err("names no day: leave the key out for all days".to_owned());
    }
    Ok(days)
}

fn minutes_of(hours: &str) -> Result<(u32, u32), String> {
    let example = || format!("`{hours}` are no hours: write such as `22:00-06:00`, or `00:00-24:00` for the whole day");
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let is_clock = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let (true, true) = (is_clock(hour), is_clock(minute)) else { return None };
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
    };
    let (from, until) =
        hours.split_once('-').and_then(|(from, until)| minute(from).zip(minute(until))).ok_or_else(example)?;
    match from == until || from == DAY {
        true => Err(format!("`{hours}` ends when it begins: write `00:00-24:00` for the whole day")),
        false => Ok((from, until)),
    }
}

fn zone_of(name: &str) -> Result<Tz, String> {
    name.parse().map(Zone::tz).map_err(|error: ZoneError| error.to_string())
}
