//! Orders that join a best price for ten minutes, placed on a grid of times whatever the market does: how many fill
//! when the market reaches them, and what they are worth afterwards.

use host_core::{Intent, Order, OrderId, Price, Qty, QuotesView, Side, SlotId, Span, TimeInForce, VenueEvent};
use host_sim::fill::{ExchangeSettings, FillModel, SimulatedExchange};

/// Time between the probes of a market.
const EVERY: Span = Span::minutes(15);
const LIFE: Span = Span::minutes(10);

/// An order that joined a best price in a book of one cent.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub market: u32,
    /// Time at which it was placed.
    pub placed: i64,
    pub side: Side,
    /// In cents.
    pub limit: f64,
    /// Time of its fill, if it filled.
    pub filled: Option<i64>,
}

/// All probes so far, and the exchange that they are at.
pub struct Probes {
    exchange: SimulatedExchange,
    venue: Vec<VenueEvent>,
    pub probes: Vec<Probe>,
}

impl Probes {
    pub fn new() -> Probes {
        let settings = ExchangeSettings { fill_model: FillModel::Touch, ..ExchangeSettings::default() };
        Probes { exchange: SimulatedExchange::new(settings), venue: Vec::new(), probes: Vec::new() }
    }

    /// Shows the exchange whole polls, and places the probes that are due.
    pub fn batch(&mut self, rows: QuotesView<'_>) {
        let mut row = 0;
        while row < rows.len() {
            let end = rows.poll_end(row);
            let poll = rows.slice(row..end);
            self.exchange.on_quotes(&poll, &mut self.venue);
            self.book();
            if rows.time[row] % EVERY.0 == 0 {
                (0..poll.len()).for_each(|row| self.place(&poll, row));
                self.book();
            }
            row = end;
        }
    }

    fn place(&mut self, poll: &QuotesView<'_>, row: usize) {
        let quote = poll.row(row);
        let (Some(bid), Some(ask)) = (quote.bid, quote.ask) else { return };
        if ask - bid != Price(100) || !(1_000..=9_000).contains(&bid.0) {
            return;
        }
        for (side, price) in [(Side::Buy, bid), (Side::Sell, ask)] {
            let id = OrderId(self.probes.len() as u64);
            let limit = f64::from(price.0) / 100.0;
            self.probes.push(Probe { market: quote.market.0, placed: quote.time.0, side, limit, filled: None });
            let order = Order {
                id,
                slot: SlotId(0),
                market: quote.market,
                side,
                price,
                qty: Qty::ONE,
                time_in_force: TimeInForce::GoodTill(quote.time + LIFE),
                intent: Intent::Entry,
                created: quote.time,
                arrival_mid_doubled: bid.0 + ask.0,
            };
            self.exchange.place(&order, &quote, &mut self.venue);
        }
    }

    fn book(&mut self) {
        for event in self.venue.drain(..) {
            if let VenueEvent::Filled(fill) = event {
                self.probes[fill.order.0 as usize].filled = Some(fill.time.0);
            }
        }
    }
}
