//! The fill model with its markets by ticker.
//!
//! A market has a number from when something in it begins to matter until nothing does any more. After a restart it may
//! have another one, so draws are by ticker.

use std::collections::HashMap;

use host_core::{Market, MarketId, Order, OrderId, PublicTrade, Quote, Quotes, Settlement, Timestamp, VenueEvent};
use host_sim::fill::{ExchangeSettings, SimulatedExchange};

/// The times at which trades are shown: all. Where the venue's list of them fails, they are shown late.
const ALWAYS: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MAX));

/// Matches orders by ticker.
#[derive(Debug)]
pub struct Matching {
    exchange: SimulatedExchange,
    /// By ticker: the market as it was listed last, with its number.
    markets: HashMap<String, Market>,
    /// The next number.
    next: u32,
}

impl Matching {
    /// Returns a fill model without markets and orders.
    pub fn new(settings: &ExchangeSettings) -> Matching {
        Matching {
            exchange: SimulatedExchange::new(settings.clone()).told_of_trades(ALWAYS.0, ALWAYS.1).drawn_by_ticker(),
            markets: HashMap::new(),
            next: 0,
        }
    }

    /// Returns the number of working orders.
    pub fn working(&self) -> usize {
        self.exchange.working()
    }

    /// Returns the number of numbers that were given.
    pub fn listed(&self) -> u32 {
        self.next
    }

    /// Returns true if rows of this market matter.
    pub fn is_watching(&self, ticker: &str) -> bool {
        self.markets.get(ticker).is_some_and(|market| self.exchange.is_watching(market.id))
    }

    /// Returns true if the market is listed as `market` says, but for its number.
    pub fn is_listed_as(&self, market: &Market) -> bool {
        let known = self.markets.get(&market.ticker);
        known.is_some_and(|known| (known.closes, &known.ticks) == (market.closes, &market.ticks))
    }

    /// Lists a market under the number that it has.
    pub fn list(&mut self, market: &Market) {
        self.next = self.next.max(market.id.0.saturating_add(1));
        self.exchange.list(market);
        self.markets.insert(market.ticker.clone(), market.clone());
    }

    /// Lists a market under a new number, unless something in it matters: then under its own, as it is now. Returns it.
    pub fn list_anew(&mut self, market: &Market) -> Market {
        let id = if self.is_watching(&market.ticker) { self.number(&market.ticker) } else { MarketId(self.next) };
        let market = Market { id, ..market.clone() };
        self.list(&market);
        market
    }

    /// Shows a row of a market.
    pub fn show(&mut self, ticker: &str, quote: &Quote, out: &mut Vec<VenueEvent>) {
        let mut rows = Quotes::default();
        rows.push(&Quote { market: self.number(ticker), ..*quote });
        self.exchange.on_quotes(&rows.all(), out);
    }

    /// Shows a trade of other people in a market.
    pub fn trade(&mut self, ticker: &str, trade: PublicTrade, out: &mut Vec<VenueEvent>) {
        self.exchange.on_trade(&PublicTrade { market: self.number(ticker), ..trade }, out);
    }

    /// Places an order, at its market's row.
    pub fn place(&mut self, ticker: &str, order: &Order, quote: &Quote, out: &mut Vec<VenueEvent>) {
        let market = self.number(ticker);
        self.exchange.place(&Order { market, ..order.clone() }, &Quote { market, ..*quote }, out);
    }

    /// Cancels an order.
    pub fn cancel(&mut self, order: OrderId, time: Timestamp, out: &mut Vec<VenueEvent>) {
        self.exchange.cancel(order, time, out);
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Timestamp, out: &mut Vec<VenueEvent>) {
        self.exchange.advance(time, out);
    }

    /// Ends all orders of a market that has paid out.
    pub fn settle(&mut self, ticker: &str, settlement: Settlement, out: &mut Vec<VenueEvent>) {
        let market = self.number(ticker);
        self.exchange.settle(Settlement { market, ..settlement }, out);
    }

    /// Returns the number of a market; one that no market has, if it was never listed.
    fn number(&self, ticker: &str) -> MarketId {
        self.markets.get(ticker).map_or(MarketId(self.next), |market| market.id)
    }
}
