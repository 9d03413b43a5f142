//! Shadows: versions of strategies that are shown what the versions in their slots are shown, and that trade on a
//! pretend account, with the pricing, the sizing, the limits and the fill model in force. Nothing of it is ever sent.
//!
//! A shadow is a function of the journal from where it began, so that a restart makes it again from there. It must
//! never hold up the loop: it is shown what has come when nothing else is to be done.

mod rebuilt;
mod running;
mod tally;

use std::collections::{BTreeMap, VecDeque};

use host_core::{Record, SlotId, Timestamp};
use host_store::journal::events::{EventRef, LoggedEvent};
use host_store::live::ShadowStep;
pub use rebuilt::rebuild;
pub use running::Shadow;
use serde::{Deserialize, Serialize};

use crate::control::protocol::SwapOrder;

/// The store's name for the shadows of an account, by slot.
pub const SHADOWS: &str = "shadows";

/// A shadow, as a restart finds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptShadow {
    /// Number of the event with which it began.
    pub begun: i64,
    /// The operator's word.
    pub order: SwapOrder,
}

/// Events shown to shadows in one go.
const AT_ONCE: usize = 64;

/// The shadows of an account, one for each slot at most.
#[derive(Debug, Default)]
pub struct Shadows {
    running: BTreeMap<SlotId, Shadow>,
    /// Events that they have not been shown, with their numbers.
    unshown: VecDeque<(i64, LoggedEvent)>,
}

impl Shadows {
    /// Adds a shadow of the strategy in `slot`, in place of one that is there.
    pub fn add(&mut self, slot: SlotId, shadow: Shadow) {
        self.running.insert(slot, shadow);
    }

    /// Ends the shadow of the strategy in `slot`.
    pub fn end(&mut self, slot: SlotId) -> Option<Shadow> {
        self.running.remove(&slot)
    }

    pub fn of_slot(&self, slot: SlotId) -> Option<&Shadow> {
        self.running.get(&slot)
    }

    /// Returns them as a restart is to find them.
    pub fn kept(&self) -> BTreeMap<SlotId, KeptShadow> {
        let kept = |shadow: &Shadow| KeptShadow { begun: shadow.begun, order: shadow.candidate.order.clone() };
        self.running.iter().map(|(slot, shadow)| (*slot, kept(shadow))).collect()
    }

    /// Takes note of an event of the account with the number `seq`, and of the records that it led to.
    pub fn note(&mut self, seq: i64, event: EventRef<'_>, records: &[Record]) {
        if self.running.is_empty() {
            return;
        }
        self.running.values_mut().for_each(|shadow| shadow.note_trading(records));
        if matches!(event, EventRef::Market(_) | EventRef::Poll(_) | EventRef::Settled(_)) {
            self.unshown.push_back((seq, event.to_owned()));
        }
    }

    /// Shows them some of what has come, and returns what they decided.
    pub fn go_on(&mut self) -> Vec<ShadowStep> {
        let mut steps = Vec::new();
        for _ in 0..AT_ONCE {
            let Some((seq, event)) = self.unshown.pop_front() else { break };
            for (slot, shadow) in &mut self.running {
                let records = shadow.show(seq, &event);
                if !records.is_empty() {
                    steps.push(ShadowStep { slot: *slot, sha256: shadow.sha256().to_owned(), event_seq: seq, records });
                }
            }
        }
        steps
    }

    /// Returns the slots of those whose time of trial is over at `now` and has not been told, or that have failed.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<SlotId> {
        let due = self.running.iter_mut().filter_map(|(slot, shadow)| shadow.take_due(now).then_some(*slot));
        due.collect()
    }
}
