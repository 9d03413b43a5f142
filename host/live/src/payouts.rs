//! Markets that have paid out, until all their fills are booked and the engine is told.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{MarketId, Settlement, Span, Timestamp};

/// A payout may wait this long for fills and orders of its market; after that the books are compared without it.
const PATIENCE: Span = Span::minutes(5);

/// Payouts that the engine has not been told of.
#[derive(Debug, Default)]
pub struct Payouts {
    /// By market: the settlement, and when it was noticed.
    pending: BTreeMap<MarketId, (Settlement, Timestamp)>,
    /// Tickers whose payout cannot be booked, told to people once each.
    unreadable: BTreeSet<String>,
}

impl Payouts {
    /// Takes up a settlement that was noticed at `now`, unless it is pending already.
    pub fn notice(&mut self, settlement: Settlement, now: Timestamp) {
        self.pending.entry(settlement.market).or_insert((settlement, now));
    }

    /// Takes up a payout that cannot be booked. Returns true the first time for `ticker`.
    pub fn notice_unreadable(&mut self, ticker: &str) -> bool {
        self.unreadable.insert(ticker.to_owned())
    }

    /// Forgets a payout: an operator has closed its market in the books.
    pub fn forget(&mut self, market: MarketId) {
        self.pending.remove(&market);
    }

    pub fn is_pending(&self, market: MarketId) -> bool {
        self.pending.contains_key(&market)
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Returns true if a payout is so recent that its fills may still be on their way.
    pub fn is_any_recent(&self, now: Timestamp) -> bool {
        self.pending.values().any(|(_, noticed)| now - *noticed < PATIENCE)
    }

    /// Takes the settlements that can be booked after a look at the orders that began at `asked`: those noticed before
    /// it, in markets without an order in `working`. In the order of their markets.
    pub fn take_due(&mut self, asked: Timestamp, working: &BTreeSet<MarketId>) -> Vec<Settlement> {
        let is_due = |(market, (_, noticed)): &(&MarketId, &(Settlement, Timestamp))| {
            asked >= *noticed && !working.contains(market)
        };
        let due: Vec<MarketId> = self.pending.iter().filter(is_due).map(|(market, _)| *market).collect();
        due.into_iter().filter_map(|market| self.pending.remove(&market)).map(|(settlement, _)| settlement).collect()
    }
}

#[cfg(test)]
mod tests {
    use host_core::Outcome;

    use super::*;

    fn settlement(market: u32) -> Settlement {
        Settlement { market: MarketId(market), time: Timestamp(0), outcome: Outcome::Yes }
    }

    #[test]
    fn a_payout_waits_for_a_look_after_it_and_for_the_orders_of_its_market() {
        let mut payouts = Payouts::default();
        let at = |second: i64| Timestamp(0) + Span::seconds(second);
        payouts.notice(settlement(1), at(10));
        payouts.notice(settlement(2), at(20));
        // Noticed again: the first time counts.
        payouts.notice(settlement(1), at(30));
        let none = BTreeSet::new();
        assert_eq!(payouts.take_due(at(9), &none), []);
        assert_eq!(payouts.take_due(at(19), &BTreeSet::from([MarketId(1)])), []);
        assert_eq!(payouts.take_due(at(19), &none), [settlement(1)]);
        assert!(payouts.is_pending(MarketId(2)) && !payouts.is_pending(MarketId(1)));
        assert!(payouts.is_any_recent(at(20 + 5 * 60 - 1)) && !payouts.is_any_recent(at(20 + 5 * 60)));
        assert_eq!(payouts.take_due(at(20), &none), [settlement(2)]);
        assert!(payouts.is_empty());
    }

    #[test]
    fn a_payout_that_cannot_be_booked_is_told_once() {
        let mut payouts = Payouts::default();
        assert!(payouts.notice_unreadable("T"));
        assert!(!payouts.notice_unreadable("T"));
    }
}
