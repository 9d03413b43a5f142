//! The trades of all markets between two polls, in time order.

use host_core::{PublicTrades, Taker, Timestamp};

/// A trade in one market.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarketTrade {
    pub(super) time: Timestamp,
    pub(super) market: u32,
    pub(super) cents: i32,
    pub(super) contracts: f64,
    pub(super) taker: Taker,
}

/// Collects the trades from one poll to the next, market by market.
#[derive(Clone, Debug, Default)]
pub(super) struct PollTrades(Vec<MarketTrade>);

impl PollTrades {
    pub(super) fn push(&mut self, trade: MarketTrade) {
        self.0.push(trade);
    }

    /// Forgets all trades.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Moves all trades to `trades`, in time order, and by market where times are the same.
    pub(super) fn drain_to(&mut self, trades: &mut PublicTrades) {
        self.0.sort_by_key(|trade| (trade.time, trade.market));
        for MarketTrade { time, market, cents, contracts, taker } in self.0.drain(..) {
            trades.market.push(market);
            trades.time.push(time.0);
            trades.price.push(f64::from(cents) / 100.0);
            trades.quantity.push(contracts);
            trades.taker.push(taker);
        }
    }
}
