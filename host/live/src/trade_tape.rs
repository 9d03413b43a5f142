//! The venue's trades of the last minutes, each once.

use std::collections::{BTreeSet, VecDeque};

use host_core::{Span, Timestamp};
use host_venues::error::ReadError;
use host_venues::past::VenueTrade;

/// Trades are kept for as long: longer than anybody asks for.
const KEPT: Span = Span::minutes(10);

/// Trades are asked for again from so long before the last one: a venue's list may lag.
pub const OVERLAP: Span = Span::seconds(10);

/// The trades that were told lately.
#[derive(Debug)]
pub struct TradeTape {
    recent: VecDeque<VenueTrade>,
    ids: BTreeSet<String>,
    /// Trades before this are not new.
    floor: Timestamp,
    /// The time of the last trade, or the floor.
    last: Timestamp,
    /// The reason why the last read failed, if it did.
    problem: Option<ReadError>,
}

impl TradeTape {
    /// A tape on which trades from `from` on are new.
    pub fn new(from: Timestamp) -> TradeTape {
        TradeTape { recent: VecDeque::new(), ids: BTreeSet::new(), floor: from, last: from, problem: None }
    }

    /// Returns the time from which trades are to be asked for.
    pub fn asks_since(&self) -> Timestamp {
        (self.last - OVERLAP).max(self.floor)
    }

    /// Takes up the answer to a read of trades. Returns those that are new, oldest first: without those that were
    /// agreed on outside of the book.
    pub fn take_up(&mut self, read: Result<Vec<VenueTrade>, ReadError>) -> Vec<VenueTrade> {
        let trades = match read {
            Ok(trades) => trades,
            Err(error) => {
                self.problem = Some(error);
                return Vec::new();
            }
        };
        self.problem = None;
        let from = self.asks_since();
        let is_new = |trade: &VenueTrade| !trade.is_block && trade.time >= from && !self.ids.contains(&trade.id);
        let new: Vec<VenueTrade> = trades.into_iter().filter(is_new).collect();
        for trade in &new {
            self.last = self.last.max(trade.time);
            self.ids.insert(trade.id.clone());
            self.recent.push_back(trade.clone());
        }
        while let Some(old) = self.recent.pop_front_if(|trade| trade.time < self.last - KEPT) {
            self.ids.remove(&old.id);
        }
        new
    }

    /// Returns the trades since `since`.
    ///
    /// # Errors
    /// The last read failed.
    pub fn since(&self, since: Timestamp) -> Result<Vec<VenueTrade>, ReadError> {
        match &self.problem {
            Some(problem) => Err(problem.clone()),
            None => Ok(self.recent.iter().filter(|trade| trade.time >= since).cloned().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use host_core::{Price, Qty};

    use super::*;

    const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

    fn trade(id: &str, second: i64) -> VenueTrade {
        VenueTrade {
            id: id.to_owned(),
            ticker: "T".to_owned(),
            time: START + Span::seconds(second),
            price: Price(5_000),
            qty: Qty::ONE,
            taker: None,
            is_block: id == "block",
        }
    }

    #[test]
    fn each_trade_is_new_once_and_old_ones_are_forgotten() {
        let mut tape = TradeTape::new(START);
        let mut check = |read: &[(&str, i64)], expect: &[&str]| {
            let new = tape.take_up(Ok(read.iter().map(|(id, second)| trade(id, *second)).collect()));
            assert_eq!(new.iter().map(|trade| trade.id.as_str()).collect::<Vec<_>>(), expect, "{read:?}");
        };
        check(&[("before", -1), ("a", 1), ("block", 2)], &["a"]);
        check(&[("a", 1), ("late", 0), ("b", 5)], &["late", "b"]);
        check(&[("c", 5_000)], &["c"]);
        check(&[("b", 5)], &[]);
        assert_eq!((tape.recent.len(), tape.ids.len()), (1, 1));
        let down = ReadError::Unreachable { request: "GET /markets/trades".into(), reason: "no".into(), attempts: 1 };
        assert!(tape.take_up(Err(down.clone())).is_empty());
        assert_eq!(tape.since(START), Err(down));
        check_since(&mut tape);
    }

    fn check_since(tape: &mut TradeTape) {
        tape.take_up(Ok(Vec::new()));
        assert_eq!(tape.since(START + Span::seconds(4_000)).map(|trades| trades.len()), Ok(1));
        assert_eq!(tape.since(START + Span::seconds(6_000)).map(|trades| trades.len()), Ok(0));
    }
}
