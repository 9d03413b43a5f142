//! Verifies that the same engine, told the same, does the same: every record and every cancel of a journal is compared.

use host_core::{SlotId, Strategy};
use host_store::journal::Journal;
use host_store::journal::events::LoggedEvent;
use serde::Serialize;

use super::diff;
use super::player::{Cast, Player, ReplayedStep};
use super::source::JournalSource;
use crate::error::{Result, SessionError};
use crate::start::{Start, Started, other_engine};

/// The result of a replay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verification {
    /// Events that were replayed.
    pub events: u64,
    /// Records that are identical.
    pub records: u64,
    /// True if something was checked, and nothing differs.
    pub identical: bool,
    /// The first difference.
    pub difference: Option<FirstDifference>,
    /// Sessions that were not replayed, because an engine of another version decided them.
    pub unchecked: Vec<UncheckedSession>,
}

/// A session that this engine cannot check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UncheckedSession {
    /// Number of the session in the journal, from 1.
    pub session: u64,
    /// The version of the host that can.
    pub engine_version: String,
}

/// The first event whose output differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FirstDifference {
    /// Number of the event in the journal.
    pub event: i64,
    /// The kind of the event.
    pub kind: String,
    /// ISO 8601; the engine's time where the event has none.
    pub time: String,
    /// The part that differs: a record, or the cancels.
    pub what: String,
    /// As the journal has it, one line each.
    pub journaled: Vec<String>,
    /// As it comes now, one line each.
    pub replayed: Vec<String>,
}

/// Replays `journal`, that of `source`, with the strategies that it keeps, up to the first difference. `progress` is
/// told the number of events.
///
/// # Errors
/// The journal, a component, the tape or the recording cannot be read.
pub fn verify(journal: &Journal, source: &JournalSource<'_>, progress: &mut dyn FnMut(u64)) -> Result<Verification> {
    let mut player = Player::new(source, JournaledCast(source));
    let mut found = Verification { events: 0, records: 0, identical: true, difference: None, unchecked: Vec::new() };
    // A start alone compares nothing.
    let (mut compared, mut session, mut passing) = (false, 0, false);
    for step in journal.steps() {
        let step = step.map_err(SessionError::JournalNotRead)?;
        if let LoggedEvent::Start(start) = &step.event {
            session += 1;
            let other = other_engine(start).map(str::to_owned);
            passing = other.is_some();
            found.unchecked.extend(other.map(|engine_version| UncheckedSession { session, engine_version }));
        }
        if passing {
            player.pass_over(step.event);
            continue;
        }
        let (kind, time) = (step.event.as_ref().kind(), step.event.time());
        compared |= !matches!(step.event, LoggedEvent::Start(_));
        player.expect_faults(&step.records);
        let made = player.play(step.event)?;
        let expected = ReplayedStep { records: step.records, cancels: step.cancels };
        if made != expected {
            let now = player.engine().map(|engine| engine.now());
            let time = time.or(now).map_or_else(String::new, |time| time.to_string());
            let (what, journaled, replayed) = diff::difference(&expected, &made);
            let kind = kind.to_owned();
            found.difference = Some(FirstDifference { event: step.seq, kind, time, what, journaled, replayed });
            found.identical = false;
            return Ok(found);
        }
        found.events += 1;
        found.records += made.records.len() as u64;
        progress(found.events);
    }
    found.identical = compared;
    Ok(found)
}

/// The strategies as the journal keeps them.
#[derive(Debug)]
pub struct JournaledCast<'a>(pub &'a JournalSource<'a>);

impl Cast for JournaledCast<'_> {
    type Error = SessionError;

    fn session(&mut self, start: &Start) -> Result<Vec<Box<dyn Strategy>>> {
        let components = self.0.components(start)?;
        let started = components.iter().enumerate().map(|(slot, component)| {
            let strategy = component.start(&start.settings(slot))?;
            Ok(Box::new(strategy) as Box<dyn Strategy>)
        });
        started.collect()
    }

    fn newcomer(&mut self, start: &Start, _: SlotId, started: &Started) -> Result<Box<dyn Strategy>> {
        Ok(Box::new(self.0.start_one(start, started)?))
    }
}
