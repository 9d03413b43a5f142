//! The evidence about an account at its capital stage: whether it may go up is decided by what its journal holds.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::{Command, Span, Timestamp, Usd};
use host_report::{Course, Money, Window, deepest_fall};
use host_store::journal::{EquityPoint, Journal};
use host_store::live::{JOURNAL_FILE, SessionSettings, account_history, account_operator_log, account_settings};
use serde::Serialize;

use crate::config_keys;
use crate::error::{Result, SessionError};
use crate::past::capital_at_work;

/// The key of a configuration that holds the stage.
const STAGE_KEY: &str = "capital.stage";
/// The action by which an operator log tells of books that differ.
const MISMATCH: &str = "mismatch";
/// The part of a UTC day that has to be traded, so that the day counts.
const HALF_A_DAY: Span = Span::hours(12);
/// The checks that refuse every entry once a limit was reached.
const STOPS: [&str; 5] =
    ["max_daily_loss", "max_drawdown", "max_consecutive_losses", "max_error_rate", "repeated_execution"];

/// The conditions for the next stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageRules {
    /// UTC days of which at least half must have been traded at the stage.
    pub days: u64,
    /// The least profit at the stage.
    pub profit: Usd,
    /// The deepest fall at the stage, as a fraction of the equity that it began with.
    pub fall: f64,
}

/// A condition and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub condition: &'static str,
    pub found: String,
    pub needed: String,
    pub met: bool,
}

/// The findings about an account since its first session at the present stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageEvidence {
    /// The stage of the last session, in percent.
    pub percent: u32,
    /// Start of the first session at it, ISO 8601.
    pub since: String,
    pub conditions: Vec<Condition>,
}

impl StageEvidence {
    /// Returns true if all conditions are met.
    pub fn allows_more(&self) -> bool {
        self.conditions.iter().all(|condition| condition.met)
    }
}

/// Returns the evidence about the account in `folder`; `None` before its first session. `running` is true while a host
/// trades it: its session has no end yet, and was not broken off.
///
/// # Errors
/// The journal cannot be read.
pub fn evidence(folder: &Path, rules: &StageRules, running: bool) -> Result<Option<StageEvidence>> {
    let sessions = account_settings(folder)?;
    let journal = Journal::open(folder.join(JOURNAL_FILE)).map_err(SessionError::JournalNotRead)?;
    let Some((percent, since)) = present_stage(&sessions, &stage_changes(&journal)?) else { return Ok(None) };
    let course = course_since(&journal, since)?;
    let mut equity = journal.equity().map_err(SessionError::JournalNotRead)?;
    let capital = capital_at_work(&journal)?;
    // What began before the stage did, or saw another capital, cannot be told apart within five minutes.
    equity.retain(|point| point.start >= since && capital.is_steady_in(point));
    let columns: Vec<_> = equity.iter().map(|point| capital.column(point)).collect();
    let days = days_traded(&equity);
    let (start, end) =
        (columns.first().map(|column| column.first.value), columns.last().map(|column| column.last.value));
    let profit = start.zip(end).map_or(Usd::ZERO, |(start, end)| Usd(end - start));
    let fall = start.map_or(0, |start| deepest_fall(&columns, start).map_or(0, |(_, fall)| fall));
    let part = Usd(fall).as_dollars() / Usd(start.unwrap_or(0).max(1)).as_dollars();
    let (incidents, stops) = (incidents(folder, since, &course, running)?, stops(&course));
    let condition = |condition, found: String, needed: String, met| Condition { condition, found, needed, met };
    let none = || "none".to_owned();
    let conditions = vec![
        condition("days traded at the stage", days.to_string(), format!("{}", rules.days), days >= rules.days),
        condition("system incidents", text(&incidents), none(), incidents.is_empty()),
        condition("limits that stopped entries", text(&stops), none(), stops.is_empty()),
        condition(
            "profit at the stage",
            profit.shown_signed(),
            format!("{} or more", rules.profit.shown()),
            profit >= rules.profit,
        ),
        condition(
            "deepest fall at the stage",
            format!("{} ({:.1}%)", Money(Usd(fall)).0.shown(), part * 100.0),
            format!("{:.1}% or less", rules.fall * 100.0),
            part <= rules.fall,
        ),
    ];
    Ok(Some(StageEvidence { percent, since: since.to_string(), conditions }))
}

/// Returns the number of UTC days of which a host traded at least half, by the equity that it noted.
pub fn days_traded(equity: &[EquityPoint]) -> u64 {
    let days = equity.chunk_by(|one, next| one.start.day() == next.start.day());
    let length = |day: &[EquityPoint]| day.first().zip(day.last()).map(|(first, last)| last.start - first.start);
    days.filter(|day| length(day) >= Some(HALF_A_DAY)).count() as u64
}

/// Returns the present stage, in percent, and the time since which the account has been at it: sessions start at one,
/// and a running host takes up `changes`.
fn present_stage(sessions: &[SessionSettings], changes: &[(Timestamp, u32)]) -> Option<(u32, Timestamp)> {
    let started = |session: &SessionSettings| {
        let stage: Option<f64> = config_keys::read(&session.config).get(STAGE_KEY).and_then(|stage| stage.parse().ok());
        (session.started, (stage.unwrap_or(1.0) * 100.0).round() as u32)
    };
    let mut stages: Vec<(Timestamp, u32)> = sessions.iter().map(started).chain(changes.iter().copied()).collect();
    stages.sort_by_key(|(time, _)| *time);
    let &(_, present) = stages.last()?;
    let same = stages.iter().rev().take_while(|(_, stage)| *stage == present);
    same.last().map(|(since, _)| (present, *since))
}

/// Returns the changes of the stage that hosts took up while they ran.
fn stage_changes(journal: &Journal) -> Result<Vec<(Timestamp, u32)>> {
    let commands = journal.commands().map_err(SessionError::JournalNotRead)?;
    let change = |command| match command {
        Command::Stage { time, percent, .. } => Some((time, percent)),
        _ => None,
    };
    Ok(commands.into_iter().filter_map(change).collect())
}

fn course_since(journal: &Journal, since: Timestamp) -> Result<Course> {
    let window = Window::new(since, Timestamp(i64::MAX)).unwrap_or_else(|| Window::moment(since));
    let mut course = Course::new(window);
    for record in journal.records_of(&["refused", "fault"]) {
        course.record(&record.map_err(SessionError::JournalNotRead)?);
    }
    Ok(course)
}

/// Returns what went wrong with the system since `since`, each with its number.
fn incidents(folder: &Path, since: Timestamp, course: &Course, running: bool) -> Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    let mut add = |what: &str, number: usize| {
        if number > 0 {
            found.insert(what.to_owned(), number as u64);
        }
    };
    add("strategy faults", course.faults.len());
    let sessions = account_history(folder)?.sessions;
    let over = &sessions[..sessions.len() - usize::from(running && !sessions.is_empty())];
    add(
        "sessions broken off",
        over.iter().filter(|session| session.started >= since && session.ended.is_none()).count(),
    );
    let log = account_operator_log(folder)?;
    add("differences with the venue", log.iter().filter(|entry| entry.time >= since && entry.what == MISMATCH).count());
    Ok(found)
}

/// Returns the limits that stopped entries, each with the number of refused ones.
fn stops(course: &Course) -> BTreeMap<String, u64> {
    let refused = course.limits.refused.iter().filter(|(code, _)| STOPS.contains(&code.as_str()));
    refused.map(|(code, number)| (code.clone(), *number)).collect()
}

fn text(found: &BTreeMap<String, u64>) -> String {
    match found.is_empty() {
        true => "none".to_owned(),
        false => found.iter().map(|(what, number)| format!("{number} {what}")).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_if_half_of_it_was_traded() {
        let points = |hours: &[i64]| -> Vec<EquityPoint> {
            let [first, last, lowest, highest] = [Usd::ZERO; 4];
            let start = |hour: &i64| Timestamp(0) + Span::hours(*hour);
            hours.iter().map(|hour| EquityPoint { start: start(hour), first, last, lowest, highest }).collect()
        };
        let check = |hours: &[i64], expect: u64| assert_eq!(days_traded(&points(hours)), expect, "{hours:?}");
        check(&[], 0);
        check(&[0, 11, 24, 48, 60], 1);
        check(&[6, 18, 30, 47, 48], 2);
    }

    #[test]
    fn a_stage_is_counted_from_the_first_session_that_has_had_it_since() {
        let session = |started: i64, stage: &str| SessionSettings {
            started: Timestamp(started),
            strategies: Vec::new(),
            config: format!("[capital]\nstage = {stage}\n"),
        };
        let check = |sessions: &[SessionSettings], expect: Option<(u32, i64)>| {
            let found = present_stage(sessions, &[]).map(|(percent, since)| (percent, since.0));
            assert_eq!(found, expect, "{sessions:?}");
        };
        check(&[], None);
        check(&[session(1, "0.25"), session(2, "0.25")], Some((25, 1)));
        check(&[session(1, "0.25"), session(2, "0.5"), session(3, "0.25"), session(4, "0.25")], Some((25, 3)));
        check(&[session(1, "1.0"), session(2, "1.0"), session(5, "0.5")], Some((50, 5)));
        // A running host goes up, is started again at that stage, and comes down.
        let sessions = [session(1, "0.25"), session(5, "0.5")];
        let changed = |changes: &[(Timestamp, u32)]| present_stage(&sessions, changes);
        assert_eq!(changed(&[(Timestamp(3), 50)]), Some((50, Timestamp(3))));
        assert_eq!(changed(&[(Timestamp(3), 50), (Timestamp(7), 25)]), Some((25, Timestamp(7))));
    }
}
