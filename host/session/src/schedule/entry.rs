//! An entry of the schedule as it stands in the configuration.

use serde::{Deserialize, Serialize};
use toml::Table;

/// One `[[schedule]]` of the configuration: days and hours, and what they change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleEntry {
    /// Its name, which refusals tell: one line of at most 64 characters.
    pub name: String,
    /// Days of the week, such as `sat`; all, if there are none.
    #[serde(default = "all_days")]
    pub days: Vec<String>,
    /// Hours of these days, such as `22:00-06:00`; all, if there are none.
    #[serde(default = "all_hours")]
    pub hours: String,
    /// The IANA zone whose clocks say so.
    #[serde(default = "utc")]
    pub zone: String,
    /// The part of what may be held, positions and exposures, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// True if no entry leaves in these hours.
    #[serde(default)]
    pub pause_entries: bool,
    /// The reason, for people.
    #[serde(default)]
    pub note: String,
    /// Limits at full capital, in place of those of `[risk]`.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub limits: Table,
}

fn all_days() -> Vec<String> {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(str::to_owned).to_vec()
}

fn all_hours() -> String {
    "00:00-24:00".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}
