//! Limits that hold for some hours or days, such as a weekend. The shell says when, since the core knows no time zones;
//! what it says is an event, so that a replay needs none either.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::limits::RiskLimits;

/// The entry of the schedule that is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduledLimits {
    /// Its name, which refusals tell.
    pub name: String,
    /// The reason that the operator gave; empty if there is none.
    pub note: String,
    /// True if no entry leaves while it is in force.
    pub entries_paused: bool,
    /// The limits while it is in force, in place of the usual ones: fitted to the stage, as those are.
    pub limits: RiskLimits,
}

impl fmt::Display for ScheduledLimits {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.entries_paused { "entries are paused" } else { "other limits hold" };
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        write!(f, "schedule {}: {what}{note}", self.name)
    }
}
