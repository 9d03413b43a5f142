//! Strategies whose calls take long, beside others that would wait for them: they decide a poll when the orders of the
//! others have left.

use std::collections::{BTreeMap, BTreeSet};

use host_core::SlotId;
use host_core::engine::Engine;

/// Fuel of a call from which it can be long: somewhat less than a millisecond.
const LONG_FUEL: u64 = 1_000_000;
/// A call is long only if it uses more than this many times the fuel of the lightest one of the same poll: strategies
/// that are equally slow would only wait for each other again.
const TIMES_LIGHTEST: u64 = 2;
/// Number of polls for which a strategy decides after the others once a call was long. So one whose calls are long now
/// and then lets the others wait in less than one poll of a hundred.
const POLLS: u64 = 200;

/// The calls of the strategies, as far as they matter to others.
#[derive(Debug, Default)]
pub(crate) struct LongCalls {
    polls: u64,
    /// Fuel that each strategy has used so far.
    fuel: BTreeMap<SlotId, u64>,
    /// The slots that had long calls.
    long: BTreeMap<SlotId, Long>,
    /// The deferred slots, the one with the shortest calls first.
    deferred: Vec<SlotId>,
}

/// The long calls of a slot.
#[derive(Debug, Default)]
struct Long {
    /// The poll of the last one.
    last: u64,
    /// Fuel of the longest one.
    most_fuel: u64,
}

impl LongCalls {
    /// Returns the deferred slots in the order in which they decide, so that none waits for one with longer calls.
    pub fn deferred(&self) -> Vec<SlotId> {
        self.deferred.clone()
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
        // The first look has the calls of the warm-up in it; an instance that took over has used less.
        let calls: Vec<(SlotId, u64)> = used
            .into_iter()
            .map(|(slot, fuel)| (slot, fuel.saturating_sub(self.fuel.insert(slot, fuel).unwrap_or(fuel))))
            .collect();
        let lightest = calls.iter().map(|(_, fuel)| *fuel).min().unwrap_or(0);
        for (slot, fuel) in calls {
            if fuel > LONG_FUEL.max(lightest.saturating_mul(TIMES_LIGHTEST)) {
                let long = self.long.entry(slot).or_default();
                *long = Long { last: self.polls, most_fuel: long.most_fuel.max(fuel) };
            }
        }
        self.long.retain(|_, long| self.polls - long.last < POLLS);
        let mut deferred: Vec<SlotId> = match running {
            // Nobody would wait.
            0 | 1 => Vec::new(),
            _ => self.long.keys().copied().collect(),
        };
        deferred.sort_by_key(|slot| self.long[slot].most_fuel);
        let before = std::mem::replace(&mut self.deferred, deferred);
        let set = |slots: &[SlotId]| slots.iter().copied().collect::<BTreeSet<SlotId>>();
        let (before, now) = (set(&before), set(&self.deferred));
        (now != before).then_some(now)
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
        assert!(calls.deferred().is_empty());
        assert_eq!(calls.note_used(vec![(SlotId(0), LONG), (SlotId(1), 0)], 2), None);
        assert_eq!(calls.note_used(vec![(SlotId(0), 2 * LONG), (SlotId(1), 0)], 2), set(&[0]));
        assert_eq!(calls.deferred(), [SlotId(0)]);
    }

    /// A strategy that looks at each row uses much fuel where thousands of markets are open.
    #[test]
    fn equally_slow_strategies_are_not_deferred_and_slower_ones_come_last() {
        let mut calls = LongCalls::default();
        let mut note = |fuel: [u64; 4]| {
            let used = fuel.into_iter().enumerate().map(|(slot, fuel)| (SlotId(slot as u16), fuel));
            calls.note_used(used.collect(), 4)
        };
        assert_eq!(note([0; 4]), None);
        assert_eq!(note([3 * LONG, 4 * LONG, 5 * LONG, 6 * LONG]), None);
        assert_eq!(note([6 * LONG, 104 * LONG, 8 * LONG, 56 * LONG]), set(&[1, 3]));
        assert_eq!(note([9 * LONG, 107 * LONG, 11 * LONG, 59 * LONG]), None);
        assert_eq!(calls.deferred(), [SlotId(3), SlotId(1)]);
    }
}
