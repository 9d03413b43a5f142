//! Does the same engine, told the same, do the same? Every record and every cancel of a journal is held against what comes now.

use host_core::Strategy;
use host_store::journal::Journal;
use serde::Serialize;

use super::player::{Made, Player};
use super::source::{JournalSource, unreadable};
use super::start::Start;
use super::words;
use crate::error::Result;
use crate::progress::Progress;
use crate::strategy;
use crate::ui::Ui;

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Events that were replayed.
    pub events: u64,
    /// Records that came out as they were.
    pub records: u64,
    /// Whether all was as it was.
    pub identical: bool,
    /// The first that was not.
    pub difference: Option<Difference>,
}

/// The first event of which something else came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Number of the event in the journal.
    pub event: i64,
    /// What the engine was told.
    pub kind: String,
    /// When, ISO 8601; the engine's time where the event has none.
    pub time: String,
    /// What differs.
    pub what: String,
    /// As the journal has it, one line each.
    pub journaled: Vec<String>,
    /// As it came now.
    pub replayed: Vec<String>,
}

/// Replays all of `journal` with the strategies that it keeps, up to the first difference.
///
/// # Errors
/// A journal, a component or a recording that cannot be read.
pub fn verify(journal: &Journal, ui: &Ui) -> Result<Verdict> {
    let source = JournalSource::new(journal, *ui);
    let mut player = Player::new(&source, |start| cast(&source, start));
    let progress = Progress::bar(ui, "replay", journal.count_events().map_err(|error| unreadable(&error))?, "events");
    let mut verdict = Verdict { events: 0, records: 0, identical: true, difference: None };
    for step in journal.steps() {
        let step = step.map_err(|error| unreadable(&error))?;
        let (kind, time) = (step.event.as_ref().kind(), step.event.time());
        let made = player.play(step.event)?;
        let expected = Made { records: step.records, cancels: step.cancels };
        if made != expected {
            let now = player.engine().map(|engine| engine.now());
            let time = time.or(now).map_or_else(String::new, |time| time.to_string());
            let (what, journaled, replayed) = words::difference(&expected, &made);
            let kind = kind.to_owned();
            verdict.difference = Some(Difference { event: step.seq, kind, time, what, journaled, replayed });
            verdict.identical = false;
            return Ok(verdict);
        }
        verdict.events += 1;
        verdict.records += made.records.len() as u64;
        progress.advance_to(verdict.events);
    }
    Ok(verdict)
}

/// The strategies of `start`, as the journal keeps them.
fn cast(source: &JournalSource<'_>, start: &Start) -> Result<Vec<Box<dyn Strategy>>> {
    let components = source.components(start)?;
    let started = components.iter().enumerate().map(|(slot, component)| {
        let strategy = component.start(&start.settings(slot)).map_err(|error| strategy::report(&error))?;
        Ok(Box::new(strategy) as Box<dyn Strategy>)
    });
    started.collect()
}
