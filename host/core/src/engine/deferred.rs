//! Slots whose strategies take long: they decide a poll when the orders of the others have left, so that nobody waits
//! for them.

use std::collections::BTreeSet;

use crate::quote::{Quotes, QuotesView};
use crate::strategy::SlotId;

/// The deferred slots, and the poll that some of them have yet to decide.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    slots: BTreeSet<SlotId>,
    poll: Quotes,
    /// Those that have not decided it.
    left: BTreeSet<SlotId>,
}

impl Deferred {
    /// Lets `slots` be the deferred ones.
    pub fn set(&mut self, slots: &BTreeSet<SlotId>) {
        self.slots.clone_from(slots);
    }

    pub fn contains(&self, slot: SlotId) -> bool {
        self.slots.contains(&slot)
    }

    /// Keeps a poll for those of the deferred slots that are among the first `slots`.
    pub fn keep(&mut self, rows: QuotesView<'_>, slots: usize) {
        self.left = self.slots.iter().copied().filter(|slot| usize::from(slot.0) < slots).collect();
        if !self.left.is_empty() {
            self.poll.clear();
            self.poll.append(rows);
        }
    }

    /// Returns which of the slots have not decided the kept poll, `slot` alone or all of them; from then on they have.
    pub fn take(&mut self, slot: Option<SlotId>) -> Vec<SlotId> {
        self.left.extract_if(.., |left| slot.is_none_or(|slot| slot == *left)).collect()
    }

    /// Returns the kept poll, to be moved out and back.
    pub fn poll(&mut self) -> &mut Quotes {
        &mut self.poll
    }
}
