//! Times of day in the operator's time zone: quiet hours, and the time of the daily summary.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use host_core::Timestamp;
use host_store::zone::{Zone, ZoneError};

/// The release of the IANA time zone database that this host was built with, such as `2025b`.
pub const TIME_ZONE_DATA: &str = chrono_tz::IANA_TZDB_VERSION;

/// A time of day in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTime {
    time: NaiveTime,
    zone: Tz,
}

/// Hours in which warnings wait. They may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: ClockTime,
    until: ClockTime,
}

/// Returns the zone that `name` stands for in the IANA database, such as `Europe/Berlin`.
pub fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map(Zone::tz).map_err(|error: ZoneError| error.to_string())
}

impl ClockTime {
    /// Reads a time such as `07:00`.
    pub fn parse(text: &str, zone: Tz) -> Result<ClockTime, String> {
        let time = NaiveTime::parse_from_str(text.trim(), "%H:%M");
        let time = time.map_err(|_| format!("`{text}` is no time of day: write one such as `07:00`"))?;
        Ok(ClockTime { time, zone })
    }

    /// Returns the first moment after `after` at which clocks of the zone show this time. On a day on which they skip
    /// it, that is an hour later by the clock.
    pub fn next(self, after: Timestamp) -> Timestamp {
        let now = DateTime::<Utc>::from_timestamp_nanos(after.0).with_timezone(&self.zone);
        // Yesterday's may still come, where the zone's midnight has just passed and clocks were set back.
        (-1..=2)
            .filter_map(|days| {
                let local = now.date_naive().checked_add_signed(TimeDelta::days(days))?.and_time(self.time);
                let found = self.zone.from_local_datetime(&local).earliest();
                found.or_else(|| self.zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest())
            })
            .filter_map(|moment| moment.timestamp_nanos_opt().map(Timestamp))
            .find(|moment| *moment > after)
            .unwrap_or(Timestamp(i64::MAX))
    }
}

impl QuietHours {
    /// Reads hours such as `22:00-07:00`.
    pub fn parse(text: &str, zone: Tz) -> Result<QuietHours, String> {
        let (from, until) = text.split_once('-').ok_or_else(|| format!("`{text}`: write `22:00-07:00`"))?;
        let (from, until) = (ClockTime::parse(from, zone)?, ClockTime::parse(until, zone)?);
        if from == until {
            return Err("quiet hours that end when they begin would never end: name other times".to_owned());
        }
        Ok(QuietHours { from, until })
    }

    /// Returns `moment`, or the end of the quiet hours if it lies in them.
    pub fn pass(self, moment: Timestamp) -> Timestamp {
        let (begin, end) = (self.from.next(moment), self.until.next(moment));
        // Within the hours, their end comes before their next beginning.
        if end < begin { end } else { moment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp(text.parse::<DateTime<Utc>>().unwrap().timestamp_nanos_opt().unwrap())
    }

    #[test]
    fn the_next_time_of_day_is_found_in_every_zone() {
        let check = |clock: &str, zone_name: &str, after: &str, expect: &str| {
            let clock = ClockTime::parse(clock, zone(zone_name).unwrap()).unwrap();
            assert_eq!(clock.next(time(after)), time(expect), "{after}");
        };
        check("07:00", "UTC", "2026-11-29T06:59:59Z", "2026-11-29T07:00:00Z");
        check("07:00", "UTC", "2026-11-29T07:00:00Z", "2026-11-30T07:00:00Z");
        check("07:00", "Europe/Berlin", "2026-11-29T05:00:00Z", "2026-11-29T06:00:00Z");
        check("07:00", "Europe/Berlin", "2026-07-01T05:00:00Z", "2026-07-02T05:00:00Z");
        check("23:30", "America/New_York", "2026-11-29T03:00:00Z", "2026-11-29T04:30:00Z");
        // The night in which the clocks skip 02:30, and the one in which they show it twice.
        check("02:30", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z");
        check("02:30", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z");
    }

    #[test]
    fn quiet_hours_hold_until_their_end() {
        let check = |hours: &str, zone_name: &str, moment: &str, expect: &str| {
            let hours = QuietHours::parse(hours, zone(zone_name).unwrap()).unwrap();
            assert_eq!(hours.pass(time(moment)), time(expect), "{moment}");
        };
        let night = "22:00-07:00";
        check(night, "UTC", "2026-11-29T21:59:59Z", "2026-11-29T21:59:59Z");
        check(night, "UTC", "2026-11-29T22:00:00Z", "2026-11-30T07:00:00Z");
        check(night, "UTC", "2026-11-30T03:00:00Z", "2026-11-30T07:00:00Z");
        check(night, "UTC", "2026-11-30T07:00:00Z", "2026-11-30T07:00:00Z");
        check(night, "Europe/Berlin", "2026-11-29T21:30:00Z", "2026-11-30T06:00:00Z");
        check("12:00-13:00", "UTC", "2026-11-29T12:30:00Z", "2026-11-29T13:00:00Z");
        check("12:00-13:00", "UTC", "2026-11-29T11:30:00Z", "2026-11-29T11:30:00Z");
    }

    #[test]
    fn other_texts_are_refused_with_an_example() {
        let utc = zone("UTC").unwrap();
        for text in ["", "22", "22:00", "22:00-25:00", "-", "22:00 to 07:00"] {
            assert!(QuietHours::parse(text, utc).unwrap_err().contains(":00"), "{text}");
        }
        assert!(QuietHours::parse("07:00-07:00", utc).is_err());
        assert!(zone("Berlin").unwrap_err().contains("`America/New_York`"));
    }
}
