//! The trades of two runs, matched: the same trade is the same market and side in the same slot, with times that
//! overlap.

use std::collections::BTreeMap;

use crate::run::{RoundTrip, RunView};

/// The trades of two runs.
#[derive(Debug, Default)]
pub struct Matched<'a> {
    pub both: Vec<(&'a RoundTrip, &'a RoundTrip)>,
    pub first_only: Vec<&'a RoundTrip>,
    pub second_only: Vec<&'a RoundTrip>,
}

/// Slot, ticker, and the sign of the side.
type Key = (String, String, i64);

/// Matches the trades of both, each with one of the other at most, the earliest first.
pub fn matched<'a>(first: &'a RunView, second: &'a RunView) -> Matched<'a> {
    let alone = first.slots.len() <= 1 && second.slots.len() <= 1;
    let (firsts, mut seconds) = (by_key(first, alone), by_key(second, alone));
    let mut matched = Matched::default();
    for (key, trips) in firsts {
        let mut others = seconds.remove(&key).unwrap_or_default().into_iter().peekable();
        for trip in trips {
            while let Some(other) = others.next_if(|other| other.closed < trip.opened) {
                matched.second_only.push(other);
            }
            match others.next_if(|other| other.overlaps(trip)) {
                Some(other) => matched.both.push((trip, other)),
                None => matched.first_only.push(trip),
            }
        }
        matched.second_only.extend(others);
    }
    matched.second_only.extend(seconds.into_values().flatten());
    matched.both.sort_by_key(|(trip, _)| trip.opened);
    matched.first_only.sort_by_key(|trip| trip.opened);
    matched.second_only.sort_by_key(|trip| trip.opened);
    matched
}

/// Returns the round trips by slot, market and side, each by opening. Where both runs have one slot, its name is left
/// out: another strategy took its place.
fn by_key(view: &RunView, alone: bool) -> BTreeMap<Key, Vec<&RoundTrip>> {
    let mut keys: BTreeMap<Key, Vec<&RoundTrip>> = BTreeMap::new();
    for trip in view.trips.iter().flatten() {
        let slot = if alone { String::new() } else { view.slot(trip.slot) };
        keys.entry((slot, view.ticker(trip.market), trip.side.sign())).or_default().push(trip);
    }
    keys
}
