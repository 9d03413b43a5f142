//! Runs of rows of one market on which two strategies want different things, and go on wanting them.

use std::collections::BTreeMap;

use host_core::{MarketId, Order, SignalAction, Timestamp};
use serde::{Serialize, Serializer};

/// Such a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// Time of its first row.
    #[serde(serialize_with = "iso")]
    pub time: Timestamp,
    /// Time of its last row.
    #[serde(serialize_with = "iso")]
    pub until: Timestamp,
    /// How many rows.
    pub rows: u64,
    #[serde(skip)]
    market_id: MarketId,
    /// The market's ticker.
    pub market: String,
    /// What the journaled strategy wanted: `none`, `buy`, `sell` or `exit`.
    pub journaled: &'static str,
    /// What the other one wanted.
    pub other: &'static str,
    /// Orders that the journaled strategy's wish led to meanwhile.
    pub orders: Vec<String>,
}

fn iso<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// All of them, in the order of their first rows.
#[derive(Clone, Debug, Default)]
pub struct Stretches {
    all: Vec<Stretch>,
    /// By market: the latest one, and whether its next row may go on with it.
    latest: BTreeMap<MarketId, (usize, bool)>,
}

impl Stretches {
    /// A row of `market` at `time`, and what either strategy wanted on it. Whether they differ.
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
            && let stretch = &mut self.all[*at]
            && (stretch.journaled, stretch.other) == (journaled, other)
        {
            (stretch.until, stretch.rows) = (time, stretch.rows + 1);
            return true;
        }
        self.latest.insert(market, (self.all.len(), true));
        let (orders, name) = (Vec::new(), String::new());
        self.all.push(Stretch {
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

    /// The journaled strategy's `order`: it goes with the difference that was there when it was made.
    pub fn ordered(&mut self, order: &Order) {
        let during = |stretch: &&mut Stretch| {
            stretch.market_id == order.market && stretch.time <= order.created && order.created <= stretch.until
        };
        // Previewed rows are ahead of the orders, by a batch at most.
        if let Some(stretch) = self.all.iter_mut().rev().find(during) {
            stretch.orders.push(format!("{} {} at {}", order.side, order.qty, order.price));
        }
    }

    /// All of them, with the markets' names.
    pub fn named(mut self, name: impl Fn(MarketId) -> String) -> Vec<Stretch> {
        self.all.iter_mut().for_each(|stretch| stretch.market = name(stretch.market_id));
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
