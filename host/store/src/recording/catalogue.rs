//! Markets and results of what is recorded, finished or not, as far as a writer or a reader has to know them.

use std::collections::BTreeMap;

use host_core::{Market, MarketId, QuotesView, Settlement, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::RecordingError;
use super::segment::Frame;
use crate::tape::Tape;

/// The catalogue of a recording: every market, or those that are not over. Memory grows with them, never with rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Catalogue {
    /// Number of all markets so far, whether they are in `markets` or over.
    next: u32,
    /// Time of the last row; `i64::MIN` before the first.
    last: i64,
    markets: BTreeMap<MarketId, Known>,
    /// The numbers of `markets` by name.
    #[serde(skip)]
    numbers: BTreeMap<String, MarketId>,
}

/// A market that is not over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) market: Market,
    /// Time of its last row in the finished days.
    last_row: Option<Timestamp>,
    settlement: Option<Settlement>,
}

impl Catalogue {
    /// Returns the catalogue of the finished days, with every market.
    pub(super) fn of(tape: &Tape) -> Catalogue {
        let markets = tape.markets();
        let known = |market: &Market| Known { market: market.clone(), last_row: None, settlement: None };
        let mut catalogue = Catalogue {
            next: u32::try_from(markets.len()).unwrap_or(u32::MAX),
            last: if tape.meta().rows == 0 { i64::MIN } else { tape.meta().last.0 },
            markets: markets.iter().map(|market| (market.id, known(market))).collect(),
            numbers: BTreeMap::new(),
        };
        for life in &tape.meta().coverage {
            catalogue.note_last_row(life.market, life.last);
        }
        for settlement in tape.settlements() {
            catalogue.note_settled(*settlement);
        }
        catalogue.with_numbers()
    }

    /// Returns the catalogue with the numbers by name, which are not kept on disk.
    pub(super) fn with_numbers(mut self) -> Catalogue {
        self.numbers = self.markets.iter().map(|(&id, known)| (known.market.ticker.clone(), id)).collect();
        self
    }

    /// Returns the number of all markets so far, which is the number of the next one.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Returns the time of the last row; `i64::MIN` before the first.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Returns the market with the number `id`, unless it is over.
    pub(super) fn market(&self, id: MarketId) -> Option<&Market> {
        self.markets.get(&id).map(|known| &known.market)
    }

    /// Returns the markets that are not over, by number.
    pub(super) fn markets(&self) -> impl Iterator<Item = &Market> {
        self.markets.values().map(|known| &known.market)
    }

    /// Returns those of `markets` that are new or have changed, or come back after they were over, by number.
    pub(super) fn changes(&self, markets: &[Market]) -> Result<Vec<Market>, RecordingError> {
        let mut given: Vec<&Market> = markets.iter().collect();
        given.sort_by_key(|market| market.id);
        let mut changes: Vec<Market> = Vec::new();
        let mut new: BTreeMap<&str, MarketId> = BTreeMap::new();
        let mut next = self.next;
        for market in given {
            let ticker = market.ticker.as_str();
            let known = self.numbers.get(ticker).or_else(|| new.get(ticker)).copied();
            if let Some(recorded) = known.filter(|&known| known != market.id) {
                let (ticker, given) = (market.ticker.clone(), market.id);
                return Err(RecordingError::Renumbered { ticker, recorded, given });
            }
            // Markets are sorted, so another new market with this number is the one just before.
            let holder = self.market(market.id);
            let holder = holder.or_else(|| changes.last().filter(|one| one.id == market.id));
            match holder {
                Some(holder) if holder.ticker != market.ticker => {
                    let (id, holder) = (market.id.0, &holder.ticker);
                    let reason = format!("number {id} of market `{}` is that of `{holder}`", market.ticker);
                    return Err(RecordingError::refused(reason));
                }
                Some(holder) if holder == market => continue,
                Some(_) => {}
                None if market.id.0 < self.next => {}
                None if market.id.0 == next => next += 1,
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

    /// Returns true if `settlement` is new or a correction, or of a market that is over.
    pub(super) fn is_news(&self, settlement: &Settlement) -> Result<bool, RecordingError> {
        if settlement.market.0 >= self.next {
            let id = settlement.market.0;
            return Err(RecordingError::refused(format!("it settles market {id}, which is not listed")));
        }
        let known = self.markets.get(&settlement.market);
        Ok(known.and_then(|known| known.settlement) != Some(*settlement))
    }

    /// Notes the rows of a poll.
    pub(super) fn note_rows(&mut self, rows: QuotesView<'_>) {
        self.last = rows.time.last().copied().unwrap_or(self.last);
    }

    /// Notes that there are rows up to `last`.
    pub(super) fn note_last(&mut self, last: Timestamp) {
        self.last = self.last.max(last.0);
    }

    /// Notes that the last row of a market is of `time`.
    pub(super) fn note_last_row(&mut self, market: MarketId, time: Timestamp) {
        if let Some(known) = self.markets.get_mut(&market) {
            known.last_row = Some(time);
        }
    }

    /// Adds markets, as returned by [`Catalogue::changes`].
    pub(super) fn note_markets(&mut self, markets: &[Market]) {
        for market in markets {
            match self.markets.get_mut(&market.id) {
                Some(known) => known.market.clone_from(market),
                None => {
                    let known = Known { market: market.clone(), last_row: None, settlement: None };
                    self.markets.insert(market.id, known);
                }
            }
            self.numbers.insert(market.ticker.clone(), market.id);
            self.next = self.next.max(market.id.0 + 1);
        }
    }

    /// Adds a result. A correction replaces the earlier one.
    pub(super) fn note_settled(&mut self, settlement: Settlement) {
        if let Some(known) = self.markets.get_mut(&settlement.market) {
            known.settlement = Some(settlement);
        }
    }

    /// Adds a frame of the segment with its `rows`.
    pub(super) fn replay(&mut self, frame: &Frame, rows: QuotesView<'_>) {
        match frame {
            Frame::Poll => self.note_rows(rows),
            Frame::Markets(markets) => self.note_markets(markets),
            Frame::Settled(settlement) => self.note_settled(*settlement),
            Frame::Trades(_) => {}
        }
    }

    /// Returns the results in time order.
    pub(super) fn settlements(&self) -> Vec<Settlement> {
        let mut settlements: Vec<Settlement> = self.markets.values().filter_map(|known| known.settlement).collect();
        settlements.sort_by_key(|settlement| settlement.time);
        settlements
    }

    /// Forgets the markets that closed, and had their last row, longer than `keep` before the last row of all. The one
    /// that was listed last stays: by it a host tells that the numbers are its own.
    pub(super) fn forget(&mut self, keep: Span) {
        if self.last == i64::MIN {
            return;
        }
        let since = Some(Timestamp(self.last.saturating_sub(keep.0)));
        let next = self.next;
        self.retain(|id, known| {
            let end = known.market.closes.max(known.last_row);
            end.is_none() || end >= since || id.0 + 1 == next
        });
    }

    /// Adds the markets of `finished`, the catalogue of the finished days, that were forgotten in here.
    pub(super) fn take_up(&mut self, finished: &Catalogue) {
        for (&id, known) in &finished.markets {
            let known = self.markets.entry(id).or_insert_with(|| known.clone());
            self.numbers.insert(known.market.ticker.clone(), id);
        }
    }

    /// Forgets the markets that `finished`, the catalogue of the finished days, no longer has.
    pub(super) fn forget_as(&mut self, finished: &Catalogue) {
        self.retain(|id, _| id.0 >= finished.next || finished.markets.contains_key(&id));
    }

    fn retain(&mut self, mut keeps: impl FnMut(MarketId, &Known) -> bool) {
        let numbers = &mut self.numbers;
        self.markets.retain(|&id, known| {
            let keep = keeps(id, known);
            if !keep {
                numbers.remove(&known.market.ticker);
            }
            keep
        });
    }
}
