//! Strategies whose calls take long, beside others that would wait for them: they decide a poll when the orders of the
//! others have left.

use std::collections::{BTreeMap, BTreeSet};

use host_core::SlotId;
use host_core::engine::Engine;

/// Fuel of a call from which it is long: somewhat less than a millisecond.
const LONG_FUEL: u64 = 1_000_000;
/// Number of polls for which a strategy decides after the others once a call was long. So one whose calls are long now
/// and then lets the others wait in less than one poll of a hundred.
const POLLS: u64 = 200;

/// The calls of the strategies, as far as they matter to others.
#[derive(Debug, Default)]
pub(crate) struct LongCalls {
    polls: u64,
    /// Fuel that each strategy has used so far.
    fuel: BTreeMap<SlotId, u64>,
    /// The poll with the last long call of each slot that had one.
    last: BTreeMap<SlotId, u64>,
    deferred: BTreeSet<SlotId>,
}

impl LongCalls {
    /// Returns true if a slot is deferred.
    pub fn is_any(&self) -> bool {
        !self.deferred.is_empty()
    }

    /// Notes the calls of a poll. Returns the slots that are deferred from the next one on, if they are others than
    /// before.
    pub fn note(&mut self, engine: &Engine) -> Option<BTreeSet<SlotId>> {
        let slots = (0..engine.slot_names().count()).map(|slot| SlotId(slot as u16));
        let used = slots.filter_map(|slot| Some((slot, engine.strategy(slot)?.usage().fuel)));
        self.note_used(used.collect(), engine.running_slots())
    }

    fn note_used(&mut self, used: Vec<(SlotId, u64)>, running: usize) -> Option<BTreeSet<SlotId>> {
        self.polls += 1;
        for (slot, fuel) in used {
            // The first look has the calls of the warm-up in it; an instance that took over has used less.
            let before = self.fuel.insert(slot, fuel).unwrap_or(fuel);
            if fuel.saturating_sub(before) > LONG_FUEL {
                self.last.insert(slot, self.polls);
            }
        }
        self.last.retain(|_, last| self.polls - *last < POLLS);
        let deferred: BTreeSet<SlotId> = match running {
            // Nobody would wait.
            0 | 1 => BTreeSet::new(),
            _ => self.last.keys().copied().collect(),
        };
        let changed = deferred != self.deferred;
        self.deferred = deferred;
        changed.then(|| self.deferred.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: u64 = LONG_FUEL + 1;

    fn set(slots: &[u16]) -> Option<BTreeSet<SlotId>> {
        Some(slots.iter().map(|slot| SlotId(*slot)).collect())
    }

    #[test]
    fn a_slot_is_deferred_from_its_first_long_call_until_it_had_none_for_long() {
        let mut calls = LongCalls::default();
        let mut note = |first, second| calls.note_used(vec![(SlotId(0), first), (SlotId(1), second)], 2);
        // The warm-up is no call.
        assert_eq!(note(50 * LONG, 0), None);
        assert_eq!(note(50 * LONG + 1_000, LONG), set(&[1]));
        for _ in 0..POLLS - 1 {
            assert_eq!(note(50 * LONG + 1_000, LONG), None);
        }
        assert_eq!(note(50 * LONG + 1_000, LONG), set(&[]));
        // An instance that took over begins with less.
        assert_eq!(note(1_000, LONG), None);
    }

    #[test]
    fn a_strategy_alone_is_not_deferred() {
        let mut calls = LongCalls::default();
        assert_eq!(calls.note_used(vec![(SlotId(0), 0)], 1), None);
        assert_eq!(calls.note_used(vec![(SlotId(0), LONG)], 1), None);
        assert!(!calls.is_any());
        assert_eq!(calls.note_used(vec![(SlotId(0), LONG), (SlotId(1), 0)], 2), set(&[0]));
        assert!(calls.is_any());
    }
}
