//! Limits by the calendar: which entry of the schedule is in force, and the command that puts it in force.
//!
//! Zones and days are looked up here, in the shell. The engine is told by a command when something changes, so a replay
//! decides the same even where the rules of a zone have changed since.

mod entry;
mod hours;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use host_core::risk::{Fraction, RiskLimits, ScheduledLimits};
use host_core::{Command, Timestamp};
use host_store::suggest::did_you_mean;
use thiserror::Error;
use toml::{Table, Value};

pub use entry::ScheduleEntry;
use hours::{Hours, days_from};

/// Limits that neither a schedule nor a running host can change: what was counted by them would be wrong afterwards.
pub const FIXED: [&str; 6] =
    ["allowed_markets", "exclusive_events", "max_price_jump", "clean_quotes", "error_window", "slots"];
/// Longest name of an entry, in characters.
const LONGEST_NAME: usize = 64;
/// Longest note of an entry, in characters.
const LONGEST_NOTE: usize = 200;
/// The days over which entries are compared: each day of the week meets each rule of each zone in these years.
const COMPARED: (i32, u64) = (2024, 8 * 366);

/// An entry that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}`: {problem}")]
pub struct ScheduleError {
    /// Name of the entry.
    pub name: String,
    /// The key and its problem, and how to mend it.
    pub problem: String,
}

/// An entry with its hours read.
#[derive(Clone, Debug, PartialEq)]
struct Planned {
    hours: Hours,
    /// Its limits and pause, at full capital.
    full: ScheduledLimits,
    /// The same, at the present stage.
    fitted: ScheduledLimits,
}

/// The entries of a configuration, at a stage of the capital.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    entries: Vec<Planned>,
    /// The time until which the last answer holds, and the answer: a place among the entries.
    known: Option<(Timestamp, Timestamp, Option<usize>)>,
}

impl Schedule {
    /// Reads the entries of a configuration whose limits at full capital are `usual`. The stage is the full one.
    ///
    /// # Errors
    /// Everything that is wrong with an entry, or with two of them together.
    pub fn of(entries: &[ScheduleEntry], usual: &RiskLimits) -> Result<Schedule, Vec<ScheduleError>> {
        let (mut read, mut wrong) = (Vec::new(), Vec::new());
        for entry in entries {
            match planned(entry, usual) {
                Ok(planned) => read.push(planned),
                Err(problem) => wrong.push(ScheduleError { name: entry.name.clone(), problem }),
            }
        }
        if wrong.is_empty() {
            wrong.extend(clashes(&read));
        }
        if wrong.is_empty() { Ok(Schedule { entries: read, known: None }) } else { Err(wrong) }
    }

    /// Returns the schedule at another stage of the capital.
    #[must_use]
    pub fn at_stage(mut self, percent: u32) -> Schedule {
        for Planned { full, fitted, .. } in &mut self.entries {
            *fitted = ScheduledLimits { limits: full.limits.scaled(percent), ..full.clone() };
        }
        self
    }

    /// Returns the entry in force at `now`.
    pub fn in_force(&mut self, now: Timestamp) -> Option<&ScheduledLimits> {
        let known = self.known.filter(|(from, until, _)| (*from..*until).contains(&now));
        let place = match known {
            Some((.., place)) => place,
            None => {
                let place = self.entries.iter().position(|entry| entry.hours.contains(now));
                let ends = self.entries.iter().map(|entry| entry.hours.holds_until(now));
                self.known = Some((now, ends.min().unwrap_or(Timestamp(i64::MAX)), place));
                place
            }
        };
        place.and_then(|place| self.entries.get(place)).map(|entry| &entry.fitted)
    }

    /// Returns the command that puts in force what should be at `now`, if something else is.
    pub fn command(&mut self, now: Timestamp, in_force: Option<&ScheduledLimits>) -> Option<Command> {
        let due = self.in_force(now);
        (due != in_force).then(|| Command::Schedule { time: now, in_force: due.cloned().map(Box::new) })
    }
}

/// Reads one entry.
fn planned(entry: &ScheduleEntry, usual: &RiskLimits) -> Result<Planned, String> {
    let ScheduleEntry { name, days, hours, zone, scale, pause_entries, note, limits } = entry;
    let is_line = |text: &str, most| text.chars().count() <= most && !text.chars().any(char::is_control);
    if name.trim().is_empty() || !is_line(name, LONGEST_NAME) {
        return Err(format!("`name` must be one line of 1 to {LONGEST_NAME} characters"));
    }
    if !is_line(note, LONGEST_NOTE) {
        return Err(format!("`note` must be one line of at most {LONGEST_NOTE} characters"));
    }
    let hours = Hours::parse(days, hours, zone).map_err(|(key, why)| format!("`{key}`: {why}"))?;
    if scale.is_none() && !pause_entries && limits.is_empty() {
        return Err("changes nothing: give it `scale`, `limits` or `pause_entries = true`".to_owned());
    }
    let replaced = replaced(usual, limits)?;
    let limits = match scale {
        Some(scale) if *scale > 0.0 && *scale <= 10.0 => replaced.holding(Fraction((scale * 1e6).round() as i64)),
        Some(scale) => return Err(format!("`scale = {scale}` must lie above 0, and be at most 10")),
        None => replaced,
    };
    let limits = limits.with_slots_inside();
    for percent in [100, 25] {
        limits.scaled(percent).validate().map_err(|invalid| format!("at {percent} % of the capital: {invalid}"))?;
    }
    let (name, note, entries_paused) = (name.clone(), note.clone(), *pause_entries);
    let full = ScheduledLimits { name, note, entries_paused, limits };
    Ok(Planned { hours, fitted: full.clone(), full })
}

/// Returns `usual` with the limits of `changed` in their place.
fn replaced(usual: &RiskLimits, changed: &Table) -> Result<RiskLimits, String> {
    let tree = Table::try_from(usual).map_err(|error| error.to_string())?;
    let names = || tree.keys().map(String::as_str).filter(|name| !FIXED.contains(name));
    let mut limits = usual.clone();
    for (name, value) in changed {
        if FIXED.contains(&name.as_str()) {
            return Err(format!("`limits.{name}` cannot change by the hour: set it in [risk]"));
        }
        if !tree.contains_key(name) {
            let guess = did_you_mean(name, names());
            let all = || format!("there are {}", names().collect::<Vec<_>>().join(", "));
            return Err(format!("`limits.{name}` is no limit: {}", guess.unwrap_or_else(all)));
        }
        let mut changed = Table::try_from(&limits).map_err(|error| error.to_string())?;
        changed.insert(name.clone(), value.clone());
        let read = Value::Table(changed).try_into();
        limits = read.map_err(|error: toml::de::Error| format!("`limits.{name} = {value}`: {}", error.message()))?;
    }
    Ok(limits)
}

/// Returns the entries that cannot stand together: two of one name, or in force at the same time.
fn clashes(entries: &[Planned]) -> Vec<ScheduleError> {
    let first = NaiveDate::from_ymd_opt(COMPARED.0, 1, 1).unwrap_or_default();
    let mut wrong = Vec::new();
    for (at, one) in entries.iter().enumerate() {
        for other in &entries[..at] {
            let mut clash = |problem| wrong.push(ScheduleError { name: one.full.name.clone(), problem });
            if one.full.name == other.full.name {
                clash("two entries have this name".to_owned());
            }
            // Where two overlap, one of them begins while the other is in force.
            let days = || days_from(first, COMPARED.1);
            let begins = one.hours.beginnings(days()).find(|begin| other.hours.contains(*begin));
            let overlap = begins.or_else(|| other.hours.beginnings(days()).find(|begin| one.hours.contains(*begin)));
            if let Some(moment) = overlap {
                let name = &other.full.name;
                clash(format!("is in force together with `{name}`, such as at {moment}: only one may be"));
            }
        }
    }
    wrong
}
