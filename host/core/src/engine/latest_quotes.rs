//! The latest quote row of each market, kept as it arrived: a row is converted to integer money only where the engine
//! acts on it.

use crate::market::MarketId;
use crate::money::Price;
use crate::quote::{Quote, QuotesView, price, quantity};
use crate::time::Timestamp;

/// The latest rows, by market number.
#[derive(Clone, Debug, Default)]
pub(super) struct LatestQuotes {
    latest: Vec<LatestRow>,
}

/// One quote row as it arrived: dollars and contracts, NaN for absent.
#[derive(Clone, Copy, Debug)]
struct LatestRow {
    time: i64,
    bid: f64,
    ask: f64,
    bid_size: f64,
    ask_size: f64,
    last: f64,
    volume: f64,
}

impl LatestRow {
    const NEVER: LatestRow = LatestRow {
        time: i64::MIN,
        bid: f64::NAN,
        ask: f64::NAN,
        bid_size: f64::NAN,
        ask_size: f64::NAN,
        last: f64::NAN,
        volume: f64::NAN,
    };
}

impl LatestQuotes {
    /// Makes room for the quotes of `market`.
    pub fn list(&mut self, market: MarketId) {
        if self.latest.len() <= market.index() {
            self.latest.resize(market.index() + 1, LatestRow::NEVER);
        }
    }

    /// Stores row `row`. A row of a market that was never listed is dropped.
    #[inline]
    pub fn update(&mut self, rows: &QuotesView<'_>, row: usize) {
        let Some(latest) = self.latest.get_mut(rows.market[row] as usize) else { return };
        *latest = LatestRow {
            time: rows.time[row],
            bid: rows.bid[row],
            ask: rows.ask[row],
            bid_size: rows.bid_size[row],
            ask_size: rows.ask_size[row],
            last: rows.last[row],
            volume: rows.volume[row],
        };
    }

    /// Returns bid and ask of `market`'s latest row, or `None` before its first row. Cheaper than converting the whole
    /// quote.
    #[inline]
    pub fn sides(&self, market: MarketId) -> Option<(Option<Price>, Option<Price>)> {
        let row = self.latest.get(market.index()).filter(|row| row.time != i64::MIN)?;
        Some((price(row.bid), price(row.ask)))
    }

    /// Returns the latest quote of `market`, or `None` before its first row.
    pub fn quote(&self, market: MarketId) -> Option<Quote> {
        let row = self.latest.get(market.index()).filter(|row| row.time != i64::MIN)?;
        Some(Quote {
            market,
            time: Timestamp(row.time),
            bid: price(row.bid),
            ask: price(row.ask),
            bid_size: quantity(row.bid_size),
            ask_size: quantity(row.ask_size),
            last: price(row.last),
            volume: quantity(row.volume),
        })
    }
}
