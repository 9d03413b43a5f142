//! Runs of rows of one market on which two strategies send different signals.

use std::collections::BTreeMap;

use host_core::{MarketId, Order, SignalAction, Timestamp};
use serde::{Serialize, Serializer};

/// A run of consecutive rows of one market with the same two signals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// Time of its first row.
    #[serde(serialize_with = "iso")]
    pub time: Timestamp,
    /// Time of its last row.
    #[serde(serialize_with = "iso")]
    pub until: Timestamp,
    /// Number of rows.
    pub rows: u64,
    #[serde(skip)]
    market_id: MarketId,
    /// The market's ticker.
    pub market: String,
    /// The journaled strategy's signal: `none`, `buy`, `sell` or `exit`.
    pub journaled: &'static str,
    /// The other strategy's signal.
    pub other: &'static str,
    /// Orders that the journaled strategy's signal led to meanwhile.
    pub orders: Vec<String>,
}

fn iso<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// The divergences, in the order of their first rows.
#[derive(Clone, Debug, Default)]
pub struct Divergences {
    all: Vec<Divergence>,
    /// By market: the latest one, and true while the next row may extend it.
    latest: BTreeMap<MarketId, (usize, bool)>,
}

impl Divergences {
    /// Takes both signals on a row of `market` at `time`. Returns true if they differ.
    pub fn row(
        &mut self,
        market: MarketId,
        time: Timestamp,
        journaled: Option<SignalAction>,
        other: Option<SignalAction>,
    ) -> bool {
        let latest = self.latest.get_mut(&market);
        if journaled == other {
            if let Some((_, open)) = latest {
                *open = false;
            }
            return false;
        }
        let (journaled, other) = (word(journaled), word(other));
        if let Some((at, true)) = latest
            && let divergence = &mut self.all[*at]
            && (divergence.journaled, divergence.other) == (journaled, other)
        {
            (divergence.until, divergence.rows) = (time, divergence.rows + 1);
            return true;
        }
        self.latest.insert(market, (self.all.len(), true));
        let (orders, name) = (Vec::new(), String::new());
        self.all.push(Divergence {
            time,
            until: time,
            rows: 1,
            market_id: market,
            market: name,
            journaled,
            other,
            orders,
        });
        true
    }

    /// Adds the journaled strategy's `order` to the divergence during which it was made.
    pub fn ordered(&mut self, order: &Order) {
        let during = |divergence: &&mut Divergence| {
            divergence.market_id == order.market
                && divergence.time <= order.created
                && order.created <= divergence.until
        };
        // Previewed rows are ahead of the orders, by a batch at most.
        if let Some(divergence) = self.all.iter_mut().rev().find(during) {
            divergence.orders.push(format!("{} {} at {}", order.side, order.qty, order.price));
        }
    }

    /// Returns the divergences, with the tickers that `name` returns.
    pub fn named(mut self, name: impl Fn(MarketId) -> String) -> Vec<Divergence> {
        self.all.iter_mut().for_each(|divergence| divergence.market = name(divergence.market_id));
        self.all
    }
}

fn word(action: Option<SignalAction>) -> &'static str {
    match action {
        None => "none",
        Some(SignalAction::Buy) => "buy",
        Some(SignalAction::Sell) => "sell",
        Some(SignalAction::Exit) => "exit",
    }
}
