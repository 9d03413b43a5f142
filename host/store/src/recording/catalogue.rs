//! Markets, results and row counts of everything recorded, finished or not.

use std::collections::BTreeMap;

use host_core::{Market, MarketId, QuotesView, Settlement};

use super::error::RecordingError;
use super::segment::Frame;
use crate::tape::{Tally, Tape, TapeMeta};

/// The catalogue of a recording. Memory grows with markets, never with rows.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) markets: Vec<Market>,
    numbers: BTreeMap<String, MarketId>,
    settlements: BTreeMap<MarketId, Settlement>,
    tally: Tally,
}

impl Catalogue {
    /// Returns the catalogue of the finished days.
    pub(super) fn of(tape: &Tape) -> Catalogue {
        let markets = tape.markets().to_vec();
        Catalogue {
            numbers: markets.iter().map(|market| (market.ticker.clone(), market.id)).collect(),
            markets,
            settlements: tape.settlements().iter().map(|settlement| (settlement.market, *settlement)).collect(),
            tally: Tally::of(tape.meta()),
        }
    }

    /// Returns the time of the last row; `i64::MIN` before the first.
    pub(super) fn last(&self) -> i64 {
        self.tally.last
    }

    /// Returns those of `markets` that are new or have changed, by number.
    pub(super) fn changes(&self, markets: &[Market]) -> Result<Vec<Market>, RecordingError> {
        let mut given: Vec<&Market> = markets.iter().collect();
        given.sort_by_key(|market| market.id);
        let mut changes: Vec<Market> = Vec::new();
        let mut new: BTreeMap<&str, MarketId> = BTreeMap::new();
        let mut next = self.markets.len();
        for market in given {
            let ticker = market.ticker.as_str();
            let known = self.numbers.get(ticker).or_else(|| new.get(ticker)).copied();
            if let Some(recorded) = known.filter(|&known| known != market.id) {
                let (ticker, given) = (market.ticker.clone(), market.id);
                return Err(RecordingError::Renumbered { ticker, recorded, given });
            }
            // Markets are sorted, so another new market with this number is the one just before.
            let holder = self.markets.get(market.id.index());
            let holder = holder.or_else(|| changes.last().filter(|one| one.id == market.id));
            match holder {
                Some(holder) if holder.ticker != market.ticker => {
                    let (id, holder) = (market.id.0, &holder.ticker);
                    let reason = format!("number {id} of market `{}` is that of `{holder}`", market.ticker);
                    return Err(RecordingError::refused(reason));
                }
                Some(holder) if holder == market => continue,
                Some(_) => {}
                None if market.id.index() == next => next += 1,
                None => {
                    let (ticker, id) = (&market.ticker, market.id.0);
                    let reason = format!("market `{ticker}` has number {id}, but the next one is {next}");
                    return Err(RecordingError::refused(reason));
                }
            }
            new.insert(ticker, market.id);
            changes.push(market.clone());
        }
        Ok(changes)
    }

    /// Returns true if `settlement` is new or a correction.
    pub(super) fn is_news(&self, settlement: &Settlement) -> Result<bool, RecordingError> {
        if settlement.market.index() >= self.markets.len() {
            let id = settlement.market.0;
            return Err(RecordingError::refused(format!("it settles market {id}, which is not listed")));
        }
        Ok(self.settlements.get(&settlement.market) != Some(settlement))
    }

    /// Counts the rows of a poll.
    pub(super) fn note_rows(&mut self, rows: QuotesView<'_>) {
        self.tally.note(rows);
    }

    /// Adds markets, as returned by [`Catalogue::changes`].
    pub(super) fn note_markets(&mut self, markets: &[Market]) {
        for market in markets {
            match self.markets.get_mut(market.id.index()) {
                Some(known) => known.clone_from(market),
                None => self.markets.push(market.clone()),
            }
            self.numbers.insert(market.ticker.clone(), market.id);
        }
    }

    /// Adds a result. A correction replaces the earlier one.
    pub(super) fn note_settled(&mut self, settlement: Settlement) {
        self.settlements.insert(settlement.market, settlement);
    }

    /// Adds a frame of the segment with its `rows`.
    pub(super) fn replay(&mut self, frame: &Frame, rows: QuotesView<'_>) {
        match frame {
            Frame::Poll if rows.is_empty() => {}
            Frame::Poll => self.note_rows(rows),
            Frame::Markets(markets) => self.note_markets(markets),
            Frame::Settled(settlement) => self.note_settled(*settlement),
        }
    }

    /// Returns the results in time order.
    pub(super) fn settlements(&self) -> Vec<Settlement> {
        let mut settlements: Vec<Settlement> = self.settlements.values().copied().collect();
        settlements.sort_by_key(|settlement| settlement.time);
        settlements
    }

    /// Returns the description `rest` with the fields about rows and results filled in.
    pub(super) fn describe(&self, rest: TapeMeta) -> TapeMeta {
        self.tally.describe(TapeMeta { settlements: self.settlements(), ..rest })
    }
}
