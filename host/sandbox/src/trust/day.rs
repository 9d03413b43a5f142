//! Dates, as the trust list has them.

use std::fmt;
use std::str::FromStr;

use host_core::Timestamp;
use host_core::time::civil_date;
use serde::{Deserialize, Serialize};
use toml::value::Datetime;

/// A day in UTC. Its text is `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CalendarDay {
    year: i64,
    month: i64,
    day: i64,
}

impl CalendarDay {
    /// Returns the day of `time`.
    pub fn of(time: Timestamp) -> CalendarDay {
        let (year, month, day) = civil_date(time.day());
        CalendarDay { year, month, day }
    }
}

impl FromStr for CalendarDay {
    type Err = String;

    fn from_str(text: &str) -> Result<CalendarDay, String> {
        match text.parse() {
            Ok(Datetime { date: Some(date), time: None, offset: None }) => {
                Ok(CalendarDay { year: date.year.into(), month: date.month.into(), day: date.day.into() })
            }
            _ => Err(format!("`{text}` is no date: write year, month and day, such as 2027-01-31")),
        }
    }
}

impl TryFrom<String> for CalendarDay {
    type Error = String;

    fn try_from(text: String) -> Result<CalendarDay, String> {
        text.parse()
    }
}

impl From<CalendarDay> for String {
    fn from(day: CalendarDay) -> String {
        day.to_string()
    }
}

impl fmt::Display for CalendarDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written_and_anything_else_is_refused() {
        let check = |text: &str, good: bool| match text.parse::<CalendarDay>() {
            Ok(day) => assert!(good && day.to_string() == text, "{text}"),
            Err(why) => assert!(!good && why.contains("such as 2027-01-31"), "{text}: {why}"),
        };
        check("2027-01-31", true);
        check("2028-02-29", true);
        check("2027-02-29", false);
        check("2027-13-01", false);
        check("2027-1-1", false);
        check("2027-01-01T00:00:00Z", false);
        check("tomorrow", false);
        check("", false);
        let day: CalendarDay = "2027-01-31".parse().unwrap();
        let midnight = Timestamp(1_801_353_600_000_000_000);
        assert_eq!(CalendarDay::of(midnight), day);
        assert!(CalendarDay::of(Timestamp(midnight.0 - 1)) < day);
    }
}
