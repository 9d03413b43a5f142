//! The ways in which times are written.

use std::fmt;
use std::str::FromStr;

/// The way in which times are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// Anything that can be read in one way only: ISO 8601, a number since the epoch, 20260131, or the month by name.
    #[default]
    Any,
    /// The month before the day: `4/6/2026 2:30 PM` is in April. What [`TimeFormat::Any`] reads is read as well.
    Mdy,
    /// The day before the month: `4/6/2026 14:30` is in June. What [`TimeFormat::Any`] reads is read as well.
    Dmy,
    /// Seconds, or a part of a second, since the epoch: nanoseconds of the unit.
    Epoch(i64),
    /// Days since 1899-12-30, as spreadsheets count them, in local time.
    Excel,
    /// A pattern as of `strftime`, such as `%d.%m.%Y %H:%M`.
    Pattern(String),
}

/// The names of formats, but for patterns.
const FORMATS: [(&str, TimeFormat); 8] = [
    ("any", TimeFormat::Any),
    ("mdy", TimeFormat::Mdy),
    ("dmy", TimeFormat::Dmy),
    ("epoch-s", TimeFormat::Epoch(1_000_000_000)),
    ("epoch-ms", TimeFormat::Epoch(1_000_000)),
    ("epoch-us", TimeFormat::Epoch(1_000)),
    ("epoch-ns", TimeFormat::Epoch(1)),
    ("excel", TimeFormat::Excel),
];

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, FORMATS.iter().find(|(_, format)| format == self)) {
            (TimeFormat::Pattern(pattern), _) => f.write_str(pattern),
            (_, found) => f.write_str(found.map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for TimeFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<TimeFormat, String> {
        if let Some((_, format)) = FORMATS.iter().find(|(name, _)| *name == text) {
            return Ok(format.clone());
        }
        if text.contains('%')
            && chrono::format::StrftimeItems::new(text).all(|item| item != chrono::format::Item::Error)
        {
            return Ok(TimeFormat::Pattern(text.to_owned()));
        }
        let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
        Err(format!("write one of {}, or a pattern such as `%d.%m.%Y %H:%M`", names.join(", ")))
    }
}
