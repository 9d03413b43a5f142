//! The markets that lines are drawn in: a limited number, and markets with signals come first.

use std::collections::BTreeMap;

use host_core::Span;

/// A market without signals that was silent for so long is probably over.
const SILENCE: Span = Span::DAY;

/// Markets that were chosen, each with what is kept of it.
#[derive(Debug)]
pub struct Choice<T> {
    most: usize,
    chosen: BTreeMap<u32, Chosen<T>>,
}

/// A market that was chosen.
#[derive(Debug)]
pub struct Chosen<T> {
    pub kept: T,
    pub has_signal: bool,
    /// Time of the last row, in nanoseconds.
    seen: i64,
}

impl<T> Choice<T> {
    /// Makes a choice of `most` markets at one time.
    pub fn new(most: usize) -> Choice<T> {
        Choice { most, chosen: BTreeMap::new() }
    }

    /// Takes note of the markets among `active`, which had rows until `time`, and of those with signals, `signalled`.
    /// `new` makes what is kept of one. Returns the active ones that are chosen.
    pub fn choose(&mut self, active: &[u32], signalled: &[u32], time: i64, new: impl Fn() -> T) -> Vec<u32> {
        if self.chosen.len() >= self.most {
            self.chosen.retain(|_, one| one.has_signal || time - one.seen < SILENCE.0);
        }
        let begun = || Chosen { kept: new(), has_signal: false, seen: time };
        for &market in signalled {
            if !self.chosen.contains_key(&market) && self.chosen.len() >= self.most {
                let Some(&other) = self.chosen.iter().find(|(_, one)| !one.has_signal).map(|(other, _)| other) else {
                    continue;
                };
                self.chosen.remove(&other);
            }
            self.chosen.entry(market).or_insert_with(begun).has_signal = true;
        }
        let mut among = Vec::new();
        for &market in active {
            if self.chosen.len() < self.most {
                self.chosen.entry(market).or_insert_with(begun);
            }
            if let Some(one) = self.chosen.get_mut(&market) {
                one.seen = time;
                among.push(market);
            }
        }
        among
    }

    /// Forgets markets that were silent for a day before `time`, those with signals too.
    pub fn forget_silent(&mut self, time: i64) {
        self.chosen.retain(|_, one| time - one.seen < SILENCE.0);
    }

    pub fn get_mut(&mut self, market: u32) -> Option<&mut T> {
        self.chosen.get_mut(&market).map(|one| &mut one.kept)
    }

    /// Returns the markets in the order of their numbers.
    pub fn into_markets(self) -> impl Iterator<Item = (u32, Chosen<T>)> {
        self.chosen.into_iter()
    }
}
