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
    known: HashMap<MarketId, Market>,
    numbers: HashMap<String, MarketId>,
    /// The number of the next market that was never listed.
    next: MarketId,
    /// By event: its series.
    series_of_event: HashMap<String, String>,
    /// By series: its category.
    category_of_series: HashMap<String, String>,
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
        let numbers = known.iter().map(|market| (market.ticker.clone(), market.id)).collect();
        let known = known.into_iter().map(|market| (market.id, market)).collect();
        Markets { known, numbers, next, ..Markets::default() }
    }

    /// Returns the venue's ticker of a market.
    pub fn ticker(&self, market: MarketId) -> &str {
        self.known.get(&market).map_or("", |market| market.ticker.as_str())
    }

    /// Returns true if a market's trading is over at `now`.
    pub fn has_closed(&self, market: MarketId, now: Timestamp) -> bool {
        let closes = self.known.get(&market).and_then(|market| market.closes);
        closes.is_some_and(|closes| closes <= now)
    }

    /// Returns the number of a ticker, once it was listed.
    pub fn number(&self, ticker: &str) -> Option<MarketId> {
        self.numbers.get(ticker).copied()
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
        let mut seen = BTreeSet::new();
        let mut open: Vec<&MarketRow> = rows.iter().filter(|row| row.phase == MarketPhase::Open).collect();
        // Stable: of a row that a page repeats, the first one counts.
        open.sort_by_key(|row| &row.ticker);
        for row in open {
            let Some(id) = self.list(row, &mut polled, former)? else { continue };
            // A page that repeats a row shows nothing new.
            if seen.insert(id) {
                quotes.push(quote(id, row, time));
            }
        }
        polled.listed.sort_by_key(|market| market.id);
        quotes.sort_unstable_by_key(|quote| quote.market);
        for quote in &quotes {
            polled.rows.push(quote);
        }
        Ok(polled)
    }

    /// Returns the number of a row's market, which is listed if it is new.
    fn list<E>(
        &mut self,
        row: &MarketRow,
        polled: &mut MarketPoll,
        former: &mut dyn FnMut(&str) -> Result<Option<MarketId>, E>,
    ) -> Result<Option<MarketId>, E> {
        let closes = Some(row.closes);
        let known = self.number(&row.ticker);
        if let Some(market) = known.and_then(|id| self.known.get_mut(&id)) {
            if market.closes != closes || market.ticks != row.ticks {
                (market.closes, market.ticks) = (closes, row.ticks.clone());
                polled.listed.push(market.clone());
            }
            return Ok(known);
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
            closes,
            event_time: row.occurs.or(row.expected_expiration),
        };
        self.numbers.insert(market.ticker.clone(), id);
        polled.listed.push(market.clone());
        self.known.insert(id, market);
        Ok(Some(id))
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
    use host_core::Ticks;
    use host_venues::model::MarketResult;

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

    fn poll(markets: &mut Markets, tickers: &[&str]) -> Vec<(u32, String)> {
        let rows: Vec<MarketRow> = tickers.iter().map(|ticker| row(ticker)).collect();
        // A market of a former session keeps its number.
        let former = |ticker: &str| Ok::<_, ()>((ticker == "OLD").then_some(MarketId(2)));
        let polled = markets.poll(&rows, Timestamp(1), &mut { former }).unwrap();
        assert!(polled.rows.market.is_sorted() && polled.rows.len() == tickers.len());
        polled.listed.into_iter().map(|market| (market.id.0, market.ticker)).collect()
    }

    #[test]
    fn markets_listed_together_are_numbered_by_ticker_whatever_the_venues_order() {
        let orders = [["C", "OLD", "A", "B"], ["A", "B", "C", "OLD"], ["OLD", "C", "B", "A"]];
        for order in orders {
            let mut markets = Markets::new(Vec::new(), MarketId(7));
            markets.learn(
                vec![EventDescription {
                    ticker: "E".to_owned(),
                    series: "S".to_owned(),
                    title: String::new(),
                    category: String::new(),
                    mutually_exclusive: false,
                }],
                vec![SeriesDescription {
                    ticker: "S".to_owned(),
                    title: String::new(),
                    category: "Weather".to_owned(),
                }],
            );
            let expect = [(2, "OLD"), (7, "A"), (8, "B"), (9, "C")];
            assert_eq!(poll(&mut markets, &order), expect.map(|(id, ticker)| (id, ticker.to_owned())), "{order:?}");
            // What is listed later is numbered later, and nothing is renumbered.
            assert_eq!(poll(&mut markets, &["AA", "C", "0"]), [(10, "0".to_owned()), (11, "AA".to_owned())]);
        }
    }
}
