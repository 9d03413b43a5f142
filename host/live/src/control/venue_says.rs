//! The venue's word about itself, beside what the host measures, and what is scheduled next.

use serde::{Deserialize, Serialize};

use super::ago::Ago;

/// The venue's word about itself, as it was last heard. Times are texts in UTC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VenueSays {
    /// True unless the venue is closed as a whole, as during maintenance; absent while it is not known.
    pub exchange_active: Option<bool>,
    /// True while it takes orders; absent while it is not known.
    pub trading_active: Option<bool>,
    /// The time at which it expects to be back, if it names one.
    pub resumes: Option<String>,
    /// The time at which it was last heard.
    pub at: Option<Ago>,
    /// The reason why it was not heard since.
    pub problem: Option<String>,
    /// The latest of its announcements that hold, the newest first.
    pub announcements: Vec<AnnouncementLine>,
    /// The time at which they were read.
    pub announcements_at: Option<Ago>,
    /// The time at which its hours and its planned maintenance were read.
    pub schedule_at: Option<Ago>,
}

/// A message of the venue to everybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnnouncementLine {
    /// The time of its delivery, if the venue states it.
    pub at: Option<Ago>,
    /// The venue's word for its weight, such as `info` or `warning`.
    pub kind: String,
    /// Its text, shortened: the venue wrote it.
    pub text: String,
}

/// The next thing that is scheduled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NextChange {
    /// UTC.
    pub at: String,
    /// Time until then.
    pub in_seconds: f64,
    /// The event, in words.
    pub what: String,
}

impl VenueSays {
    /// Returns true if the venue takes no orders, by its own word.
    pub fn is_paused(&self) -> bool {
        self.exchange_active == Some(false) || self.trading_active == Some(false)
    }

    /// Returns the venue's word in few words.
    pub fn in_words(&self) -> &'static str {
        match (self.exchange_active, self.trading_active) {
            (Some(false), _) => "the exchange is closed",
            (_, Some(false)) => "trading is paused",
            (Some(true), Some(true)) => "it trades",
            _ => "not known",
        }
    }
}

impl AnnouncementLine {
    /// Returns its kind and its time as people read them, such as `warning, 2026-12-01 08:00`.
    pub fn heading(&self) -> String {
        let time = self.at.as_ref().map(|at| to_the_minute(&at.time));
        let kind = Some(self.kind.clone()).filter(|kind| !kind.is_empty());
        kind.into_iter().chain(time).collect::<Vec<_>>().join(", ")
    }
}

impl NextChange {
    /// Returns its time as people read it: `2026-12-01 08:00 UTC`.
    pub fn time(&self) -> String {
        format!("{} UTC", to_the_minute(&self.at))
    }
}

/// Returns a time in ISO 8601 without seconds, as people write it.
fn to_the_minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}
