//! The health of the system: how long it ran, who had to act, what failed, and which limits were nearly reached.

use std::path::Path;

use host_core::risk::{RefusalCode, limits_reached};
use host_core::{Span, Timestamp};
use host_report::Window;
use host_session::decisions;
use host_store::decisions::Decision;
use host_store::journal::{EQUITY_SPAN, EquityPoint};
use host_store::live::{AccountHistory, OperatorEntry, account_history, account_notices};
use serde::Serialize;

use super::facts::{Facts, NearMiss};
use super::venue::VenueHealth;
use crate::run::RunSource;

/// Said of an account that only a former host has opened.
const NOT_KEPT: &str = "the host that traded kept no notices: errors of the venue and repeated reads are not counted";

/// Actions that a person took, by their word in the operator log.
const BY_HAND: [&str; 4] = ["kill", "resume", "close", "settle"];

/// The health of the system.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Health {
    /// The part of the period in which a host ran; null for other runs than live accounts.
    pub uptime: Option<f64>,
    /// Starts of a host within the period.
    pub restarts: Option<u64>,
    /// Actions of people: kill, resume, close, settle.
    pub interventions: Option<u64>,
    /// Comparisons of the books with the venue, and those that found a difference.
    pub comparisons: Option<u64>,
    pub differing: Option<u64>,
    /// Strategies that failed.
    pub faults: u64,
    /// Times at which trading was reduced or halted.
    pub restrictions: Vec<Note>,
    /// The part of them in which too many orders had failed: the breaker.
    pub breaker: u64,
    /// Exits that could not leave for a time.
    pub blocked_exits: u64,
    /// Orders that the venue turned away because trading was paused.
    pub paused_orders: u64,
    /// The venue as the host saw it; null for other runs than live accounts.
    pub venue: Option<VenueHealth>,
    /// Times without any event for three polls, and five minutes or longer.
    pub gaps: Vec<Gap>,
    /// Limits of which orders had 80 % or more in use, the fullest first.
    pub near_misses: Vec<NearMiss>,
}

/// Something that was noted at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// ISO 8601.
    pub time: String,
    pub who: String,
    /// The action in one word.
    pub what: String,
    pub text: String,
}

/// A time without events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    pub from: String,
    pub until: String,
    pub seconds: i64,
}

/// Returns the health of the period.
pub(super) fn of(source: &RunSource, facts: &Facts, window: Window, notes: &mut Vec<String>) -> Health {
    let strategies = source.info().map(|info| info.strategies.as_slice()).unwrap_or_default();
    let restrictions = facts.restrictions.iter().map(|restriction| {
        let named = |slot| strategies.iter().find(|strategy| strategy.slot == slot).map(|strategy| &strategy.name);
        Note {
            time: restriction.time.to_string(),
            who: "risk manager".to_owned(),
            what: "restricted".to_owned(),
            text: match restriction.slot {
                Some(slot) => {
                    let name = named(slot).map_or_else(|| slot.0.to_string(), |name| format!("of {name}"));
                    format!("the slot {name} alone: {}", restriction.reason)
                }
                None => restriction.reason.clone(),
            },
        }
    });
    let mut near_misses: Vec<NearMiss> = facts.near_misses.values().cloned().collect();
    near_misses.sort_by(|one, other| other.most.total_cmp(&one.most).then_with(|| one.code.cmp(&other.code)));
    let mut health = Health {
        faults: facts.faults,
        restrictions: restrictions.collect(),
        breaker: facts.restrictions.iter().filter(|restriction| is_of_breaker(&restriction.reason)).count() as u64,
        paused_orders: facts.paused_orders,
        blocked_exits: facts.blocked_exits,
        gaps: gaps(&source.equity, window, source.poll().unwrap_or_default()),
        near_misses,
        ..Health::default()
    };
    if source.info().is_none_or(|info| !info.mode.is_account()) {
        return health;
    }
    match folder(source).map(account_history) {
        Some(Ok(history)) => health.add_account(&history, window),
        Some(Err(error)) => notes.push(format!("the account's sessions cannot be read: {error}")),
        None => {}
    }
    match folder(source).map(account_notices) {
        Some(Ok(Some(notices))) => health.venue = Some(VenueHealth::of(&notices, window)),
        Some(Ok(None)) => notes.push(NOT_KEPT.to_owned()),
        Some(Err(error)) => notes.push(format!("the account's notices cannot be read: {error}")),
        None => {}
    }
    health
}

/// Returns the decision journal of the period. The last period has what was noted since, too: people note what they
/// think of a back test long after its days, and of a week on the day after it.
pub(super) fn people(source: &RunSource, window: Window, notes: &mut Vec<String>) -> Vec<Note> {
    let is_last = source.period().is_none_or(|own| window.until() >= own.until());
    let is_of_period = |time: Timestamp| time >= window.from() && (is_last || time < window.until());
    match folder(source).map(decisions::read) {
        Some(Ok(all)) => all.into_iter().filter(|one| is_of_period(one.time)).map(note).collect(),
        Some(Err(error)) => {
            notes.push(format!("the decision journal cannot be read: {error}"));
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Returns the folder of the run.
fn folder(source: &RunSource) -> Option<&Path> {
    source.journal.as_ref().and_then(|(journal, _)| journal.path().parent())
}

/// Returns true if trading was restricted because too many orders had failed.
fn is_of_breaker(reason: &str) -> bool {
    limits_reached(reason).any(|code| code == RefusalCode::MaxErrorRate)
}

fn note(Decision { time, who, what, text, about }: Decision) -> Note {
    let text = about.map_or(text.clone(), |about| format!("{about}: {text}"));
    Note { time: time.to_string(), who, what, text }
}

fn is_within(time: Timestamp, window: Window) -> bool {
    (window.from()..window.until()).contains(&time)
}

impl Health {
    fn add_account(&mut self, history: &AccountHistory, window: Window) {
        // The last session may run still; a former one without an end was killed before the next began.
        let ends = history.sessions.iter().skip(1).map(|next| Some(next.started)).chain([None]);
        let ran = history.sessions.iter().zip(ends).map(|(session, next)| {
            let end = session.ended.or(next).unwrap_or(window.until()).min(window.until());
            Span((end.0 - session.started.max(window.from()).0).max(0)).as_seconds()
        });
        self.uptime = Some((ran.sum::<f64>() / window.length().as_seconds()).min(1.0));
        let starts = history.sessions.iter().filter(|session| is_within(session.started, window));
        self.restarts = Some(starts.count() as u64);
        let by_hand = |entry: &&OperatorEntry| BY_HAND.contains(&entry.what.as_str()) && is_within(entry.time, window);
        self.interventions = Some(history.operator.iter().filter(by_hand).count() as u64);
        let latest: Vec<_> = history.reconciliations.iter().filter(|found| is_within(found.time, window)).collect();
        let former = history.reconciliation_days.iter().filter(|day| window.days().contains(&day.day));
        let (count, differing) =
            former.fold((0, 0), |(count, differing), day| (count + day.comparisons, differing + day.differing));
        let differing_latest = latest.iter().filter(|found| !found.clean).count() as u64;
        self.comparisons = Some(count + latest.len() as u64);
        self.differing = Some(differing + differing_latest);
    }
}

/// Returns the times without a point of equity, and longer than three intervals of `poll`.
fn gaps(equity: &[EquityPoint], window: Window, poll: Span) -> Vec<Gap> {
    let longest = Span((3 * poll.0).max(EQUITY_SPAN.0));
    let within: Vec<Timestamp> =
        equity.iter().map(|point| point.start).filter(|start| is_within(*start, window)).collect();
    let pairs = within.windows(2).filter(|pair| pair[1] - pair[0] > longest);
    let gap = |pair: &[Timestamp]| {
        let from = pair[0] + EQUITY_SPAN;
        let seconds = (pair[1] - from).as_seconds() as i64;
        Gap { from: from.to_string(), until: pair[1].to_string(), seconds }
    };
    pairs.map(gap).collect()
}
