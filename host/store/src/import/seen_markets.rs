//! The markets that the rows of an import name.

use std::collections::HashMap;

use host_core::{MarketId, Price, Timestamp};

use super::price_steps::SeenSteps;

/// A market as its rows describe it.
#[derive(Clone, Debug)]
pub(super) struct SeenMarket {
    pub(super) ticker: String,
    pub(super) event: Option<String>,
    pub(super) series: Option<String>,
    pub(super) category: Option<String>,
    /// The price steps that its rows show.
    pub(super) steps: SeenSteps,
    /// Time of its first row.
    first: Timestamp,
}

/// The markets seen so far, by id: until all are known, ids are given in the order of first appearance.
#[derive(Debug, Default)]
pub(super) struct SeenMarkets {
    markets: Vec<SeenMarket>,
    ids: HashMap<String, MarketId>,
    latest: Option<MarketId>,
}

impl SeenMarkets {
    pub(super) fn known(&mut self, ticker: &str) -> Option<MarketId> {
        let is = |id: MarketId| self.markets.get(id.index()).is_some_and(|market| market.ticker == ticker);
        // The rows of a market stand together, or those of a poll in one order.
        let next = self.latest.map_or(MarketId(0), |latest| MarketId(latest.0 + 1));
        let found = self.latest.filter(|latest| is(*latest)).or(Some(next).filter(|next| is(*next)));
        let found = found.or_else(|| self.ids.get(ticker).copied());
        self.latest = found.or(self.latest);
        found
    }

    /// Adds a market that is not known, with its event, series and category.
    pub(super) fn add(&mut self, ticker: String, facts: [Option<String>; 3]) -> Result<MarketId, String> {
        let id = MarketId(u32::try_from(self.markets.len()).map_err(|_| "there are too many markets")?);
        let [event, series, category] = facts;
        let first = Timestamp(i64::MAX);
        let steps = SeenSteps::NONE;
        self.markets.push(SeenMarket { ticker: ticker.clone(), event, series, category, steps, first });
        self.ids.insert(ticker, id);
        self.latest = Some(id);
        Ok(id)
    }

    /// Notes the time and the prices of a row, in dollars.
    pub(super) fn note(&mut self, market: MarketId, time: Timestamp, sides: &[f64], last: f64) {
        let market = &mut self.markets[market.index()];
        market.first = market.first.min(time);
        let prices = sides.iter().copied().chain([last]).filter_map(Price::from_dollars);
        prices.for_each(|price| market.steps.note(price));
    }

    /// Returns the markets in the order of their numbers in the tape, and each one's number by its id here. Those
    /// whose rows begin at one time are numbered by ticker.
    pub(super) fn numbered(self) -> (Vec<SeenMarket>, Vec<MarketId>) {
        let mut order: Vec<(MarketId, SeenMarket)> = (0..).map(MarketId).zip(self.markets).collect();
        order.sort_by(|(_, a), (_, b)| (a.first, &a.ticker).cmp(&(b.first, &b.ticker)));
        let mut numbers = vec![MarketId::default(); order.len()];
        for ((id, _), number) in order.iter().zip(0..) {
            numbers[id.index()] = MarketId(number);
        }
        (order.into_iter().map(|(_, market)| market).collect(), numbers)
    }
}
