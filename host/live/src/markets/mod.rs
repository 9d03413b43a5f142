//! The venue's markets under the host's numbers, and the venue's rows as the engine's.
//!
//! A market's number belongs to its ticker for ever, over restarts too. Markets that are listed together are numbered
//! by ticker: the order in which the venue lists them decides nothing. A market whose event or series is not known yet
//! is held back: its category decides a limit, and is never guessed.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use host_core::{Market, MarketId, Price, Quote, Quotes, Settlement, Timestamp};
use host_venues::model::{EventDescription, MarketPhase, MarketRow, SeriesDescription};

/// The markets that were not over when the host started, those listed since, and what is needed to list more.
#[derive(Debug, Default)]
pub struct Markets {
    known: Vec<KnownMarket>,
    /// By number: the place in `known`.
    places: HashMap<MarketId, usize>,
    /// By ticker: the same.
    tickers: HashMap<String, usize>,
    /// Markets that have no book although they are not over: the venue halted them or lists them no longer. They get
    /// rows without sides, so that positions in them count for what they are worth then.
    halted: BTreeSet<MarketId>,
    /// The number of the next market that was never listed.
    next: MarketId,
    /// By event: its series.
    series_of_event: HashMap<String, String>,
    /// By series: its category.
    category_of_series: HashMap<String, String>,
}

#[derive(Debug)]
struct KnownMarket {
    market: Market,
    /// The place of the market whose row came after this one's in the last poll that had both: venues list markets in
    /// the same order again and again, so that the next row's market is known before its ticker is looked up.
    after: usize,
}

/// A poll, in the engine's terms.
#[derive(Debug, Default)]
pub struct MarketPoll {
    /// Markets that are new or have changed, by number.
    pub listed: Vec<Market>,
    /// A row for each open market, in the order of their numbers.
    pub rows: Quotes,
    /// True if a market is held back because its event is not known.
    pub unknown_events: bool,
}

impl Markets {
    /// Takes up the markets of former sessions that matter still. `next` is the number of the next one to be listed.
    pub fn new(known: Vec<Market>, next: MarketId) -> Markets {
        let mut markets = Markets { next, ..Markets::default() };
        for market in known {
            markets.know(market);
        }
        markets
    }

    /// Returns the venue's ticker of a market.
    pub fn ticker(&self, market: MarketId) -> &str {
        self.market(market).map_or("", |market| market.ticker.as_str())
    }

    /// Returns a market's title, or its ticker if the venue gives none.
    pub fn title(&self, market: MarketId) -> &str {
        self.market(market).map_or("", Market::shown_title)
    }

    /// Returns the time at which a market's trading ends, if it is known.
    pub fn closes(&self, market: MarketId) -> Option<Timestamp> {
        self.market(market).and_then(|market| market.closes)
    }

    /// Returns true if a market's trading is over at `now`.
    pub fn has_closed(&self, market: MarketId, now: Timestamp) -> bool {
        self.closes(market).is_some_and(|closes| closes <= now)
    }

    /// Returns the number of a ticker, once it was listed.
    pub fn number(&self, ticker: &str) -> Option<MarketId> {
        self.tickers.get(ticker).map(|&place| self.known[place].market.id)
    }

    fn market(&self, market: MarketId) -> Option<&Market> {
        self.places.get(&market).map(|&place| &self.known[place].market)
    }

    /// Adds a market, or replaces the one with its number. Returns its place.
    fn know(&mut self, market: Market) -> usize {
        let next = self.known.len();
        let place = *self.places.entry(market.id).or_insert(next);
        self.tickers.insert(market.ticker.clone(), place);
        if place == next {
            self.known.push(KnownMarket { market, after: next + 1 });
        } else {
            self.known[place].market = market;
        }
        place
    }

    /// Returns the place of a ticker, which is `guess` mostly.
    fn place(&self, ticker: &str, guess: usize) -> Option<usize> {
        let is_right = self.known.get(guess).is_some_and(|known| known.market.ticker == ticker);
        if is_right { Some(guess) } else { self.tickers.get(ticker).copied() }
    }

    /// Takes up the series of events and the categories of series.
    pub fn learn(&mut self, events: Vec<EventDescription>, series: Vec<SeriesDescription>) {
        self.series_of_event.extend(events.into_iter().map(|event| (event.ticker, event.series)));
        self.category_of_series.extend(series.into_iter().map(|series| (series.ticker, series.category)));
    }

    /// Turns the venue's rows, polled at `time`, into the engine's. `former` returns the number that a ticker had
    /// before this session: it keeps that for ever, also one that was over and is open again.
    ///
    /// # Errors
    /// That of `former`.
    pub fn poll<E>(
        &mut self,
        rows: &[MarketRow],
        time: Timestamp,
        former: &mut dyn FnMut(&str) -> Result<Option<MarketId>, E>,
    ) -> Result<MarketPoll, E> {
        let mut polled = MarketPoll::default();
        let mut quotes = Vec::with_capacity(rows.len());
        let mut last: Option<usize> = None;
        let mut new = Vec::new();
        for row in rows.iter().filter(|row| row.phase == MarketPhase::Open) {
            let guess = last.map_or(0, |last| self.known[last].after);
            let Some(place) = self.place(&row.ticker, guess) else {
                new.push(row);
                continue;
            };
            if let Some(last) = last.replace(place) {
                self.known[last].after = place;
            }
            self.update(place, row, &mut polled);
            quotes.push(quote(self.known[place].market.id, row, time));
        }
        new.sort_by_key(|row| &row.ticker);
        for row in new {
            let Some(place) = self.list(row, &mut polled, former)? else { continue };
            quotes.push(quote(self.known[place].market.id, row, time));
        }
        if !self.halted.is_empty() {
            let open: BTreeSet<MarketId> = quotes.iter().map(|quote| quote.market).collect();
            self.halted.retain(|market| !open.contains(market));
            let without_book = self.halted.iter().filter(|&&market| !self.has_closed(market, time));
            quotes.extend(without_book.map(|&market| Quote::empty(market, time)));
        }
        polled.listed.sort_by_key(|market| market.id);
        // Stable: of a row that a page repeats, the first one counts.
        quotes.sort_by_key(|quote| quote.market);
        quotes.dedup_by_key(|quote| quote.market);
        for quote in &quotes {
            polled.rows.push(quote);
        }
        Ok(polled)
    }

    /// Takes up what may change of a market that is known. What a row does not say stays.
    fn update(&mut self, place: usize, row: &MarketRow, polled: &mut MarketPoll) {
        let market = &self.known[place].market;
        let category = self.category_of_series.get(&market.series).unwrap_or(&market.category);
        let event_time = event_time(row).or(market.event_time);
        let times = (Some(row.opens), Some(row.closes), event_time);
        let is_same = (market.opens, market.closes, market.event_time) == times
            && market.ticks == row.ticks
            && market.title == row.title
            && market.category == *category;
        if is_same {
            return;
        }
        let category = category.clone();
        let market = &mut self.known[place].market;
        (market.opens, market.closes, market.event_time) = times;
        (market.ticks, market.title, market.category) = (row.ticks.clone(), row.title.clone(), category);
        polled.listed.push(market.clone());
    }

    /// Lists a row's market, unless a row before it did. Returns its place; `None` if it is held back.
    fn list<E>(
        &mut self,
        row: &MarketRow,
        polled: &mut MarketPoll,
        former: &mut dyn FnMut(&str) -> Result<Option<MarketId>, E>,
    ) -> Result<Option<usize>, E> {
        if let Some(&place) = self.tickers.get(&row.ticker) {
            self.update(place, row, polled);
            return Ok(Some(place));
        }
        let described = self.series_of_event.get(&row.event).and_then(|series| {
            let category = self.category_of_series.get(series)?;
            Some((series.clone(), category.clone()))
        });
        let Some((series, category)) = described else {
            polled.unknown_events = true;
            return Ok(None);
        };
        let id = match former(&row.ticker)? {
            Some(id) => id,
            None => {
                let Some(next) = self.next.0.checked_add(1) else { return Ok(None) };
                std::mem::replace(&mut self.next, MarketId(next))
            }
        };
        let market = Market {
            id,
            ticker: row.ticker.clone(),
            event: row.event.clone(),
            series,
            category,
            title: row.title.clone(),
            ticks: row.ticks.clone(),
            opens: Some(row.opens),
            closes: Some(row.closes),
            event_time: event_time(row),
        };
        polled.listed.push(market.clone());
        Ok(Some(self.know(market)))
    }

    /// Takes up what became of the markets `tickers`, which are not listed as open. One that has ended early closes at
    /// `now`. Returns those that have changed.
    pub fn on_watched(&mut self, tickers: &[String], rows: &[MarketRow], now: Timestamp) -> Vec<Market> {
        let mut changed = Vec::new();
        for ticker in tickers {
            let Some(market) = self.tickers.get(ticker).map(|&place| &mut self.known[place].market) else { continue };
            let phase = rows.iter().find(|row| row.ticker == *ticker).map(|row| row.phase);
            match phase {
                // It has opened again; the next poll has it.
                Some(MarketPhase::Open | MarketPhase::Upcoming) => {}
                Some(MarketPhase::Closed | MarketPhase::Settled) => {
                    self.halted.remove(&market.id);
                    if market.closes.is_none_or(|closes| closes > now) {
                        market.closes = Some(now);
                        changed.push(market.clone());
                    }
                }
                Some(MarketPhase::Paused | MarketPhase::Unknown) | None => {
                    self.halted.insert(market.id);
                }
            }
        }
        changed
    }

    /// Returns the settlement of a row's market, if it has paid out and is one of the host's.
    pub fn settlement(&self, row: &MarketRow, now: Timestamp) -> Option<Settlement> {
        let market = self.number(&row.ticker)?;
        let outcome = row.result.outcome().filter(|_| row.phase == MarketPhase::Settled)?;
        Some(Settlement { market, time: row.settled.unwrap_or(now).min(now), outcome })
    }
}

/// Returns the time of a row's event, as far as the venue knows it.
fn event_time(row: &MarketRow) -> Option<Timestamp> {
    row.occurs.or(row.expected_expiration)
}

/// Returns a price that somebody may trade at. One of exactly 0 or 1 means an empty side, in the recording as well,
/// which must have what the engine saw.
fn side(price: Option<Price>) -> Option<Price> {
    price.filter(|&price| Price::ZERO < price && price < Price::ONE)
}

fn quote(market: MarketId, row: &MarketRow, time: Timestamp) -> Quote {
    Quote {
        market,
        time,
        bid: side(row.bid),
        ask: side(row.ask),
        bid_size: row.bid_size,
        ask_size: row.ask_size,
        last: side(row.last),
        volume: row.volume,
    }
}
