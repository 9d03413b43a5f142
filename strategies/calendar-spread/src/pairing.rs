//! Pairs the markets that belong together: the same contract of one series on two dates.

use std::collections::BTreeMap;

use strategy_sdk::time::Timestamp;
use strategy_sdk::{Market, Reader, Writer};

/// Largest number of markets in a saved state, far more than any run has.
const MAX_MARKETS: u64 = 1 << 24;

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

    /// Appends the state to `writer`.
    pub fn save(&self, writer: &mut Writer) {
        writer.unsigned(self.places.len() as u64);
        for place in &self.places {
            // 0 for a market without a pair.
            writer.unsigned(place.map_or(0, |(pair, leg)| 1 + 2 * pair as u64 + leg as u64));
        }
        writer.unsigned(self.waiting.len() as u64);
        for ((series, contract), (market, event_time)) in &self.waiting {
            writer.text(series);
            writer.text(contract);
            writer.unsigned(u64::from(*market));
            writer.signed(*event_time);
        }
    }

    /// Reads what [`Pairing::save`] has written, of `pairs` pairs.
    pub fn restore(reader: &mut Reader<'_>, pairs: usize) -> Result<Pairing, String> {
        let count = reader.at_most(MAX_MARKETS)?;
        let mut place = || -> Result<Option<(usize, usize)>, String> {
            let code = reader.at_most(2 * pairs as u64)?;
            Ok(code.checked_sub(1).map(|code| ((code / 2) as usize, (code % 2) as usize)))
        };
        let places = (0..count).map(|_| place()).collect::<Result<_, _>>()?;
        let count = reader.at_most(MAX_MARKETS)?;
        let mut waits = || -> Result<_, String> {
            let key = (reader.text()?, reader.text()?);
            Ok((key, (reader.at_most(u64::from(u32::MAX))? as u32, reader.signed()?)))
        };
        let waiting = (0..count).map(|_| waits()).collect::<Result<_, _>>()?;
        Ok(Pairing { places, waiting })
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
