//! The venue's markets under the host's numbers, and the venue's rows as the engine's.
//!
//! A market's number belongs to its ticker for ever, over restarts too. Markets that are listed together are numbered
//! by ticker: the order in which the venue lists them decides nothing. A market whose event or series is not known yet
//! is held back: its category decides a limit, and is never guessed.

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

    /// Returns true if a market's trading is over at `now`.
    pub fn has_closed(&self, market: MarketId, now: Timestamp) -> bool {
        let closes = self.market(market).and_then(|market| market.closes);
        closes.is_some_and(|closes| closes <= now)
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

    /// Takes up what may change of a market that is known.
    fn update(&mut self, place: usize, row: &MarketRow, polled: &mut MarketPoll) {
        let market = &mut self.known[place].market;
        let closes = Some(row.closes);
        if market.closes != closes || market.ticks != row.ticks {
            (market.closes, market.ticks) = (closes, row.ticks.clone());
            polled.listed.push(market.clone());
        }
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
            event_time: row.occurs.or(row.expected_expiration),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use host_core::Ticks;
    use host_venues::model::MarketResult;
    use proptest::prelude::*;

    use super::*;

    fn row(ticker: &str) -> MarketRow {
        MarketRow {
            ticker: ticker.to_owned(),
            event: "E".to_owned(),
            title: String::new(),
            yes_title: String::new(),
            phase: MarketPhase::Open,
            result: MarketResult::Open,
            opens: Timestamp(0),
            closes: Timestamp(1_000),
            occurs: None,
            expected_expiration: None,
            settled: None,
            settlement_value: None,
            ticks: Ticks::CENT,
            bid: None,
            ask: None,
            bid_size: None,
            ask_size: None,
            last: None,
            volume: None,
        }
    }

    /// Makes the event and the series known.
    fn learn(markets: &mut Markets) {
        let (ticker, title) = ("E".to_owned(), String::new());
        let event = EventDescription {
            ticker,
            series: "S".to_owned(),
            title,
            category: String::new(),
            mutually_exclusive: false,
        };
        let (ticker, title, category) = ("S".to_owned(), String::new(), "Weather".to_owned());
        markets.learn(vec![event], vec![SeriesDescription { ticker, title, category }]);
    }

    fn poll(markets: &mut Markets, tickers: &[&str]) -> Vec<(u32, String)> {
        let rows: Vec<MarketRow> = tickers.iter().map(|ticker| row(ticker)).collect();
        // A market of a former session keeps its number.
        let former = |ticker: &str| Ok::<_, ()>((ticker == "OLD").then_some(MarketId(2)));
        let polled = markets.poll(&rows, Timestamp(1), &mut { former }).unwrap();
        assert!(polled.rows.market.is_sorted() && polled.rows.len() == tickers.len());
        polled.listed.into_iter().map(|market| (market.id.0, market.ticker)).collect()
    }

    fn listed() -> Markets {
        let mut markets = Markets::new(Vec::new(), MarketId(7));
        learn(&mut markets);
        markets
    }

    #[test]
    fn markets_listed_together_are_numbered_by_ticker_whatever_the_venues_order() {
        let orders = [["C", "OLD", "A", "B"], ["A", "B", "C", "OLD"], ["OLD", "C", "B", "A"]];
        for order in orders {
            let mut markets = listed();
            let expect = [(2, "OLD"), (7, "A"), (8, "B"), (9, "C")];
            assert_eq!(poll(&mut markets, &order), expect.map(|(id, ticker)| (id, ticker.to_owned())), "{order:?}");
            // What is listed later is numbered later, and nothing is renumbered.
            assert_eq!(poll(&mut markets, &["AA", "C", "0"]), [(10, "0".to_owned()), (11, "AA".to_owned())]);
        }
    }

    proptest! {
        /// Whatever the order of a poll's rows, what it repeats and what it lacks: each market has its number, once,
        /// with its first row's price.
        #[test]
        fn a_poll_is_one_row_a_market_in_any_order(
            polls in prop::collection::vec(prop::collection::vec((10u32..30, 1i32..9_999), 1..30), 1..6),
        ) {
            let mut markets = Markets::default();
            learn(&mut markets);
            let mut numbers = BTreeMap::new();
            for poll in polls {
                let mut first_bids = BTreeMap::new();
                for (ticker, bid) in &poll {
                    first_bids.entry(*ticker).or_insert(f64::from(*bid) / 10_000.0);
                }
                for ticker in first_bids.keys() {
                    let next = numbers.len() as u32;
                    numbers.entry(*ticker).or_insert(next);
                }
                let expect: BTreeMap<u32, f64> =
                    first_bids.into_iter().map(|(ticker, bid)| (numbers[&ticker], bid)).collect();
                let bid = |&(ticker, bid): &(u32, i32)| MarketRow { bid: Some(Price(bid)), ..row(&ticker.to_string()) };
                let rows: Vec<MarketRow> = poll.iter().map(bid).collect();
                let polled = markets.poll(&rows, Timestamp(5), &mut |_| Ok::<_, Infallible>(None)).unwrap();
                let shown = polled.rows.market.iter().copied().zip(polled.rows.bid.iter().copied());
                prop_assert_eq!(shown.collect::<Vec<_>>(), expect.into_iter().collect::<Vec<_>>());
                for (ticker, number) in &numbers {
                    prop_assert_eq!(markets.number(&ticker.to_string()), Some(MarketId(*number)));
                    prop_assert_eq!(markets.ticker(MarketId(*number)), ticker.to_string());
                }
            }
        }
    }

    #[test]
    fn a_halted_or_delisted_market_gets_rows_without_a_book_and_one_that_ended_early_closes() {
        let mut markets = listed();
        poll(&mut markets, &["A", "B", "C", "D"]);
        let phase = |ticker: &str, phase: MarketPhase| MarketRow { phase, ..row(ticker) };
        let found = [phase("B", MarketPhase::Paused), phase("D", MarketPhase::Closed)];
        let gone = ["B", "C", "D"].map(str::to_owned);
        let changed = markets.on_watched(&gone, &found, Timestamp(5));
        let changed: Vec<_> = changed.iter().map(|market| (market.ticker.as_str(), market.closes)).collect();
        assert_eq!(changed, [("D", Some(Timestamp(5)))]);
        let mut rows = |open: &[&str], time: i64| -> Vec<(u32, bool)> {
            let rows: Vec<MarketRow> =
                open.iter().map(|ticker| MarketRow { bid: Some(Price(4_200)), ..row(ticker) }).collect();
            let polled = markets.poll(&rows, Timestamp(time), &mut |_| Ok::<_, ()>(None)).unwrap();
            polled.rows.market.iter().copied().zip(polled.rows.bid.iter().map(|bid| !bid.is_nan())).collect()
        };
        assert_eq!(rows(&["A"], 6), [(7, true), (8, false), (9, false)]);
        assert_eq!(rows(&["A", "B"], 7), [(7, true), (8, true), (9, false)], "B trades again");
        assert_eq!(rows(&["A"], 1_000), [(7, true)], "after its close no market has a row");
    }
}
