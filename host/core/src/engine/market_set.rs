//! A compact set of market numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A set of market numbers, stored as ranges (first number to last). Numbers are assigned in order of listing, so the
/// markets that have paid out form few ranges, however many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct MarketSet(BTreeMap<u32, u32>);

impl MarketSet {
    pub fn contains(&self, number: u32) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, &last)| number <= last)
    }

    pub fn insert(&mut self, number: u32) {
        if self.contains(number) {
            return;
        }
        let before = self.0.range(..number).next_back().filter(|&(_, &last)| last + 1 == number);
        let first = before.map_or(number, |(&first, _)| first);
        let last = number.checked_add(1).and_then(|next| self.0.remove(&next)).unwrap_or(number);
        self.0.insert(first, last);
    }
}
