//! The rhythm in which the states of strategies are kept: at most once a minute, never between a poll and its orders.
//!
//! A restart shows a strategy the polls since: how long ago its state was kept decides nothing but how long that takes.

use std::collections::{BTreeMap, BTreeSet};

use host_core::engine::Engine;
use host_core::strategy::FaultKind;
use host_core::{SlotId, Span, Timestamp};
use host_store::live::KeptState;

use crate::error::Result;
use crate::resume::StateMark;

/// The shortest time between two keeps, for each [`OFTEN_BYTES`] that the states have.
const EVERY: Span = Span::minutes(1);
/// Larger states are kept less often, so that the disk does not write more than this in [`EVERY`].
const OFTEN_BYTES: usize = 1 << 20;

/// The states of an account's strategies: what they are marked with, and when they are due.
#[derive(Debug)]
pub struct StateKeeper {
    marks: BTreeMap<SlotId, StateMark>,
    /// Schema, version and size of the states that were saved last.
    schemas: BTreeMap<SlotId, String>,
    due: Timestamp,
    /// Number of the last poll that strategies were shown in this session.
    shown: Option<i64>,
    /// The same, if their states of then are not kept.
    unkept: Option<i64>,
    /// Strategies that refused to save, which people were told.
    refused: BTreeSet<SlotId>,
}

impl StateKeeper {
    pub fn new(marks: BTreeMap<SlotId, StateMark>, now: Timestamp) -> StateKeeper {
        StateKeeper { marks, schemas: BTreeMap::new(), due: now, shown: None, unkept: None, refused: BTreeSet::new() }
    }

    /// Notes that strategies were shown the poll with the number `event`.
    pub fn polled(&mut self, event: i64) {
        (self.shown, self.unkept) = (Some(event), Some(event));
    }

    /// Notes that a strategy with another `mark` is in `slot`: its state is to be kept soon, as of the last poll.
    pub fn swapped(&mut self, slot: SlotId, mark: StateMark) {
        self.marks.insert(slot, mark);
        self.refused.remove(&slot);
        (self.unkept, self.due) = (self.shown, Timestamp(i64::MIN));
    }

    /// Returns true if states are to be kept at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.unkept.is_some() && now >= self.due
    }

    /// Returns schema, version and size of the last state of the strategy in `slot`, in words.
    pub fn schema(&self, slot: SlotId) -> Option<&str> {
        self.schemas.get(&slot).map(String::as_str)
    }

    /// Asks the strategies of `engine` for their states at `now`, after event number `events`, if they have been shown
    /// anything since the last time. A strategy that fails at it is quarantined by the next poll.
    ///
    /// # Errors
    /// A number cannot be expressed in JSON.
    pub fn save(&mut self, engine: &mut Engine, events: i64, now: Timestamp) -> Result<SavedStates> {
        let mut found = SavedStates::default();
        let Some(shown) = self.unkept.take() else { return Ok(found) };
        let mut bytes = 0;
        for (slot, saved) in engine.save_strategies() {
            match (saved, self.marks.get(&slot)) {
                (Ok(state), Some(mark)) => {
                    bytes += state.payload.len();
                    let (schema, version, size) = (&state.schema, state.version, state.payload.len());
                    self.schemas.insert(slot, format!("{schema} v{version}, {size} bytes"));
                    found.states.push(mark.keep(engine, (slot, state), (shown, events), now)?);
                }
                (Err(fault), _) if fault.kind == FaultKind::Refused && self.refused.insert(slot) => {
                    found.refused.push((slot, fault.message));
                }
                _ => {}
            }
        }
        self.due = now + EVERY * (bytes.div_ceil(OFTEN_BYTES).max(1) as i64);
        Ok(found)
    }
}

/// The strategies' answers to a request for their states.
#[derive(Debug, Default)]
pub struct SavedStates {
    /// The states, to be kept.
    pub states: Vec<KeptState>,
    /// Strategies that refuse, and have not been told of, with their reasons.
    pub refused: Vec<(SlotId, String)>,
}
