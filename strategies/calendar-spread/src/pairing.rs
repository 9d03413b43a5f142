//! Which markets belong together: the same contract of one series on two dates.

use std::collections::BTreeMap;

use strategy_sdk::Market;
use strategy_sdk::time::Timestamp;

/// Pairs in the order in which markets are listed: each market joins the one of its kind that still waits.
#[derive(Clone, Debug, Default)]
pub struct Pairing {
    /// By market id: the pair, and the leg within it.
    places: Vec<Option<(usize, usize)>>,
    /// By series and contract: the market that waits for another date, and its event time.
    waiting: BTreeMap<(String, String), (u32, Timestamp)>,
}

impl Pairing {
    /// The pair that a market is in, and which leg.
    pub fn place_of(&self, market: u32) -> Option<(usize, usize)> {
        self.places.get(market as usize).copied().flatten()
    }

    /// Finds the partner of a market that has none, as leg 0 of pair number `pair`, and gives its event time; or lets
    /// the market wait.
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
                // Of two with the same event the younger waits: its book is the fresher one.
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

/// What tells the contracts of one event apart, such as the strike: the ticker without the event's name.
fn contract(market: &Market) -> &str {
    market.ticker.strip_prefix(&market.event).unwrap_or_default()
}
