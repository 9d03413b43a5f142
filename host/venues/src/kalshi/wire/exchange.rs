//! The word of the exchange about itself: its status, its announcements, its hours.

use chrono::Weekday;
use host_core::{Timestamp, foreign};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::kalshi::decode;
use crate::kalshi::list_page::ListRow;
use crate::model::{Announcement, VenueStatus};

/// Longest text of an announcement that is kept, in characters.
const LONGEST_TEXT: usize = 300;
/// Longest kind of an announcement that is kept, in characters.
const LONGEST_KIND: usize = 20;

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireStatus {
    exchange_active: bool,
    trading_active: bool,
    #[serde(default, deserialize_with = "decode::optional_time")]
    exchange_estimated_resume_time: Option<Timestamp>,
}

impl From<WireStatus> for VenueStatus {
    fn from(wire: WireStatus) -> VenueStatus {
        VenueStatus {
            is_active: wire.exchange_active,
            is_trading: wire.trading_active,
            resumes: wire.exchange_estimated_resume_time,
        }
    }
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireAnnouncement {
    #[serde(default, rename = "type", deserialize_with = "decode::optional_text")]
    kind: String,
    message: String,
    #[serde(default, deserialize_with = "decode::optional_time")]
    delivery_time: Option<Timestamp>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "decode::optional_text")]
    status: String,
}

impl ListRow for WireAnnouncement {
    type Item = Announcement;

    const LIST: &'static str = "announcements";
    const NAME: &'static str = "message";

    // It has no name of its own, and the same words may be said each week.
    fn id(&self) -> String {
        let time = self.delivery_time.map_or_else(String::new, |time| time.to_string());
        format!("{} {time} {}", self.message, self.status)
    }

    fn into_item(self) -> Result<Announcement, String> {
        let text = on_one_line(&self.message, LONGEST_TEXT);
        if text.is_empty() {
            return Err("it says nothing".to_owned());
        }
        Ok(Announcement {
            time: self.delivery_time,
            kind: on_one_line(&self.kind, LONGEST_KIND),
            text,
            is_active: self.status != "inactive",
        })
    }
}

/// Returns `text` with its paragraphs on one line, of at most `most` letters.
fn on_one_line(text: &str, most: usize) -> String {
    foreign::line(&text.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

/// The hours of trading and the planned maintenance.
#[derive(Deserialize)]
pub(in crate::kalshi) struct WireSchedule {
    pub standard_hours: Vec<WireWeek>,
    pub maintenance_windows: Vec<WireWindow>,
}

/// The hours of a week, in New York's time, and the time in which they hold.
#[derive(Deserialize)]
pub(in crate::kalshi) struct WireWeek {
    #[serde(deserialize_with = "decode::time")]
    pub start_time: Timestamp,
    #[serde(deserialize_with = "decode::time")]
    pub end_time: Timestamp,
    monday: Vec<WireSession>,
    tuesday: Vec<WireSession>,
    wednesday: Vec<WireSession>,
    thursday: Vec<WireSession>,
    friday: Vec<WireSession>,
    saturday: Vec<WireSession>,
    sunday: Vec<WireSession>,
}

impl WireWeek {
    /// Returns the sessions that begin on a day.
    pub fn sessions(&self, day: Weekday) -> &[WireSession] {
        match day {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        }
    }
}

/// A session, in minutes since midnight. One that closes no later than it opens goes on into the next day.
#[derive(Deserialize)]
pub(in crate::kalshi) struct WireSession {
    #[serde(rename = "open_time", deserialize_with = "minutes")]
    pub opens: u32,
    #[serde(rename = "close_time", deserialize_with = "minutes")]
    pub closes: u32,
}

#[derive(Deserialize)]
pub(in crate::kalshi) struct WireWindow {
    #[serde(rename = "start_datetime", deserialize_with = "decode::time")]
    pub from: Timestamp,
    #[serde(rename = "end_datetime", deserialize_with = "decode::time")]
    pub until: Timestamp,
}

/// Decodes a time of day: `HH:MM`, up to `24:00`.
fn minutes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    let two =
        |part: &str| part.parse::<u32>().ok().filter(|_| part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit()));
    let parts = text.split_once(':').and_then(|(hours, minutes)| Some((two(hours)?, two(minutes)?)));
    let of_day = parts.filter(|(_, minutes)| *minutes < 60).map(|(hours, minutes)| 60 * hours + minutes);
    of_day.filter(|minutes| *minutes <= 24 * 60).ok_or_else(|| D::Error::custom(format!("{text:?} is no time of day")))
}
