//! Pairs the markets that belong together: the same contract of one series on two dates.

use std::collections::BTreeMap;

use strategy_sdk::Market;
use strategy_sdk::time::Timestamp;

/// The pairs, made in the order in which markets are listed: a market joins the one of its kind that still waits.
#[derive(Clone, Debug, Default)]
pub struct Pairing {
    /// Pair and leg of each market, indexed by market id.
    places: Vec<Option<(usize, usize)>>,
    /// The market that waits for another date, with its event time, by series and contract.
    waiting: BTreeMap<(String, String), (u32, Timestamp)>,
}

impl Pairing {
    /// Returns the pair and the leg of a market.
    pub fn place_of(&self, market: u32) -> Option<(usize, usize)> {
        self.places.get(market as usize).copied().flatten()
    }

    /// Pairs a market with the one that waits for it. The two become legs 1 and 0 of the pair with number `pair`, and
    /// the event time of the other is returned. If no other market fits, this one waits and the result is `None`.
    pub fn pair_up(&mut self, market: &Market, event_time: Timestamp, pair: usize) -> Option<Timestamp> {
        if market.series.is_empty() {
            return None;
        }
        let key = (market.series.clone(), contract(market).to_owned());
        match self.waiting.get(&key).copied() {
            Some((other, other_event_time)) if other != market.id && other_event_time != event_time => {
                self.waiting.remove(&key);
                self.place(other, (pair, 0));
                self.place(market.id, (pair, 1));
                Some(other_event_time)
            }
            _ => {
                // Of two markets of the same event, the one listed last waits: its book is likely to be more active.
                self.waiting.insert(key, (market.id, event_time));
                None
            }
        }
    }

    fn place(&mut self, market: u32, place: (usize, usize)) {
        let index = market as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, None);
        }
        self.places[index] = Some(place);
    }
}

/// Returns the part of the ticker that distinguishes the contracts of one event, such as the strike: the ticker without
/// the event's name.
fn contract(market: &Market) -> &str {
    market.ticker.strip_prefix(&market.event).unwrap_or_default()
}
