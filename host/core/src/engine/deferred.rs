//! Slots whose strategies take long: they decide a poll when the orders of the others have left, so that nobody waits
//! for them.

use std::collections::BTreeSet;

use crate::quote::{Quotes, QuotesView};
use crate::strategy::SlotId;

/// The deferred slots, and the poll that they have yet to decide.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    slots: BTreeSet<SlotId>,
    poll: Option<Quotes>,
}

impl Deferred {
    /// Lets `slots` be the deferred ones.
    pub fn set(&mut self, slots: &BTreeSet<SlotId>) {
        self.slots.clone_from(slots);
    }

    pub fn contains(&self, slot: SlotId) -> bool {
        self.slots.contains(&slot)
    }

    /// Keeps a poll for them.
    pub fn keep(&mut self, rows: QuotesView<'_>) {
        if !self.slots.is_empty() {
            let mut poll = Quotes::default();
            poll.append(rows);
            self.poll = Some(poll);
        }
    }

    /// Returns the poll that they have not decided, with their numbers; from then on they have.
    pub fn take(&mut self) -> Option<(Quotes, Vec<SlotId>)> {
        let poll = self.poll.take()?;
        Some((poll, self.slots.iter().copied().collect()))
    }
}
