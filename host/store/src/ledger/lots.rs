//! Lots: contracts that were bought at one time and went at one time, as tax forms want them.
//!
//! What was held longest goes first (first in, first out), in the account as a whole: slots do not matter to a venue. A
//! short position is one of NO contracts, each bought at a dollar less the price of YES. Costs and fees of a fill that
//! many lots share are divided by contracts, and the last of them takes what is left, so that nothing is lost.

use std::collections::{BTreeMap, VecDeque};

use host_core::{Fill, MarketId, Price, Qty, Record, Side, Timestamp, Usd};

use super::cell::{Cell, Kind};
use super::rows::Names;
use super::table::{Row, Table};

pub(super) static LOTS: Table = Table {
    name: "lots",
    columns: &[
        ("acquired", Kind::Time),
        ("disposed", Kind::Time),
        ("ticker", Kind::Text),
        ("event", Kind::Text),
        ("outcome", Kind::Text),
        ("contracts", Kind::Decimal),
        ("proceeds", Kind::Decimal),
        ("cost", Kind::Decimal),
        ("fees", Kind::Decimal),
        ("gain", Kind::Decimal),
        ("holding_days", Kind::Decimal),
        ("settled", Kind::Flag),
    ],
};

/// Contracts that are held, bought at one time.
#[derive(Clone, Copy, Debug)]
struct Lot {
    acquired: Timestamp,
    qty: Qty,
    /// Paid for them, without fees.
    cost: Usd,
    fees: Usd,
}

/// Contracts that are no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClosedLot {
    market: MarketId,
    acquired: Timestamp,
    disposed: Timestamp,
    /// True if they were YES contracts.
    is_yes: bool,
    qty: Qty,
    proceeds: Usd,
    cost: Usd,
    /// Of buying and selling.
    fees: Usd,
    settled: bool,
}

impl ClosedLot {
    /// Returns the gain, which is negative where it is a loss.
    pub(super) fn gain(&self) -> Usd {
        self.proceeds - self.cost - self.fees
    }

    pub(super) fn row(&self, names: &Names) -> Row {
        let &ClosedLot { market, acquired, disposed, is_yes, qty, proceeds, cost, fees, settled } = self;
        const DAY_SECONDS: f64 = 86_400.0;
        vec![
            Some(Cell::Time(acquired)),
            Some(Cell::Time(disposed)),
            names.ticker(market),
            names.event(market),
            Some(Cell::Text(if is_yes { "yes" } else { "no" }.to_owned())),
            Some(Cell::Qty(qty)),
            Some(Cell::Usd(proceeds)),
            Some(Cell::Usd(cost)),
            Some(Cell::Usd(fees)),
            Some(Cell::Usd(self.gain())),
            Some(Cell::Number((disposed - acquired).as_seconds() / DAY_SECONDS)),
            Some(Cell::Flag(settled)),
        ]
    }
}

/// The lots that are held in one market: contracts of one kind, oldest first.
#[derive(Debug, Default)]
struct MarketLots {
    is_yes: bool,
    lots: VecDeque<Lot>,
}

/// The lots that are held.
#[derive(Debug, Default)]
pub(super) struct Lots {
    held: BTreeMap<MarketId, MarketLots>,
}

/// A part of a fill, or of a payout.
#[derive(Clone, Copy, Debug)]
struct FillPart {
    time: Timestamp,
    qty: Qty,
    /// In terms of YES.
    value: Usd,
    fees: Usd,
}

impl FillPart {
    /// Takes `qty` contracts out of this part.
    fn take(&mut self, qty: Qty) -> FillPart {
        let taken =
            FillPart { qty, value: self.value.share(qty, self.qty), fees: self.fees.share(qty, self.qty), ..*self };
        self.qty -= qty;
        self.value -= taken.value;
        self.fees -= taken.fees;
        taken
    }

    /// Returns its value in contracts of the kind: what NO contracts are worth is what is left of a dollar each.
    fn worth(&self, is_yes: bool) -> Usd {
        if is_yes { self.value } else { Price::ONE * self.qty - self.value }
    }
}

impl Lots {
    /// Takes the next record, and returns the lots that it closes.
    pub(super) fn take(&mut self, record: &Record) -> Vec<ClosedLot> {
        match record {
            Record::Filled { market, side, fill, .. } => self.on_fill(*market, *side, fill),
            Record::Settled { market, time, outcome } => {
                let Some(mut held) = self.held.remove(market) else { return Vec::new() };
                let qty = held.lots.iter().fold(Qty::ZERO, |sum, lot| sum + lot.qty);
                let mut payout = FillPart { time: *time, qty, value: outcome.payout() * qty, fees: Usd::ZERO };
                close(*market, &mut held, &mut payout, true)
            }
            _ => Vec::new(),
        }
    }

    fn on_fill(&mut self, market: MarketId, side: Side, fill: &Fill) -> Vec<ClosedLot> {
        let mut part = FillPart { time: fill.time, qty: fill.qty, value: fill.cost, fees: fill.fee };
        let held = self.held.entry(market).or_default();
        let buys_yes = side == Side::Buy;
        let closed = match held.is_yes == buys_yes {
            true => Vec::new(),
            false => close(market, held, &mut part, false),
        };
        if !part.qty.is_zero() {
            // Everything of the other kind is gone: a venue pays a dollar for a pair.
            held.is_yes = buys_yes;
            let cost = part.worth(buys_yes);
            held.lots.push_back(Lot { acquired: part.time, qty: part.qty, cost, fees: part.fees });
        }
        closed
    }
}

/// Lets `part` close the oldest lots of `held`, as far as both reach.
fn close(market: MarketId, held: &mut MarketLots, part: &mut FillPart, settled: bool) -> Vec<ClosedLot> {
    let mut closed = Vec::new();
    while let Some(oldest) = held.lots.front_mut().filter(|_| !part.qty.is_zero()) {
        let qty = oldest.qty.min(part.qty);
        let (cost, bought) = (oldest.cost.share(qty, oldest.qty), oldest.fees.share(qty, oldest.qty));
        let sold = part.take(qty);
        let (is_yes, acquired, disposed) = (held.is_yes, oldest.acquired, sold.time);
        let (proceeds, fees) = (sold.worth(is_yes), bought + sold.fees);
        closed.push(ClosedLot { market, acquired, disposed, is_yes, qty, proceeds, cost, fees, settled });
        oldest.qty -= qty;
        oldest.cost -= cost;
        oldest.fees -= bought;
        if oldest.qty.is_zero() {
            held.lots.pop_front();
        }
    }
    closed
}

#[cfg(test)]
mod tests {
    use host_core::{OrderId, Outcome, SlotId, Span};
    use proptest::prelude::*;

    use super::*;

    const M: MarketId = MarketId(0);

    fn at(second: i64) -> Timestamp {
        Timestamp(1_767_571_200_000_000_000) + Span::seconds(second)
    }

    fn fill(second: i64, side: Side, price: i32, contracts: i64, fee_cents: i64) -> Record {
        let fee = Usd::micros(fee_cents * 10_000);
        let fill = Fill::at_price(OrderId(1), at(second), Price(price), Qty::contracts(contracts), fee, true);
        let (slot, position) = (SlotId(0), Qty::ZERO);
        Record::Filled { slot, market: M, side, fill, arrival_mid_doubled: 0, position }
    }

    fn settled(second: i64, outcome: Outcome) -> Record {
        Record::Settled { market: M, time: at(second), outcome }
    }

    /// Returns each closed lot as text: kind, contracts, seconds held, proceeds, cost, fees, gain.
    fn closed(records: &[Record]) -> Vec<String> {
        let mut lots = Lots::default();
        let shown = |lot: ClosedLot| {
            let kind = if lot.is_yes { "yes" } else { "no" };
            let held = (lot.disposed - lot.acquired).as_seconds();
            let (proceeds, cost, fees, gain) = (lot.proceeds, lot.cost, lot.fees, lot.gain());
            format!("{kind} {} {held} {proceeds} {cost} {fees} {gain}", lot.qty)
        };
        records.iter().flat_map(|record| lots.take(record)).map(shown).collect()
    }

    #[test]
    fn the_oldest_goes_first_and_a_short_position_is_one_of_no() {
        use Side::{Buy, Sell};
        let check = |records: &[Record], expect: &[&str]| assert_eq!(closed(records), expect, "{records:?}");
        check(&[fill(0, Buy, 4_000, 10, 2)], &[]);
        check(
            &[fill(0, Buy, 4_000, 10, 2), fill(10, Buy, 5_000, 10, 0), fill(60, Sell, 6_000, 15, 3)],
            &["yes 10 60 6.00 4.00 0.04 1.96", "yes 5 50 3.00 2.50 0.01 0.49"],
        );
        // Sold at 0.60, so NO cost 0.40; bought back at 0.50.
        check(&[fill(0, Sell, 6_000, 10, 0), fill(5, Buy, 5_000, 10, 0)], &["no 10 5 5.00 4.00 0.00 1.00"]);
        // Sells more than it has: the rest is a position of NO.
        check(
            &[fill(0, Buy, 4_000, 4, 0), fill(5, Sell, 6_000, 10, 0), settled(9, Outcome::No)],
            &["yes 4 5 2.40 1.60 0.00 0.80", "no 6 4 6.00 2.40 0.00 3.60"],
        );
        check(&[fill(0, Buy, 4_000, 10, 1), settled(9, Outcome::No)], &["yes 10 9 0.00 4.00 0.01 -4.01"]);
        check(
            &[fill(0, Buy, 4_000, 10, 0), settled(9, Outcome::Value(Price(2_500)))],
            &["yes 10 9 2.50 4.00 0.00 -1.50"],
        );
        check(&[settled(9, Outcome::Yes)], &[]);
    }

    proptest! {
        /// Whatever is traded: when nothing is held any more, the gains are the cash that came in less what went out.
        #[test]
        fn nothing_is_lost(
            fills in prop::collection::vec((any::<bool>(), 1..10_000_i32, 1..100_i64, 0..50_i64), 1..40),
            payout in 0..=10_000_i32,
        ) {
            let (mut lots, mut cash, mut position, mut gains) = (Lots::default(), Usd::ZERO, Qty::ZERO, Usd::ZERO);
            for (second, (buys, price, contracts, cents)) in (0..).zip(fills) {
                let record = fill(second, if buys { Side::Buy } else { Side::Sell }, price, contracts, cents);
                let Record::Filled { fill, .. } = &record else { unreachable!() };
                let sign = if buys { 1 } else { -1 };
                cash -= Usd(fill.cost.0 * sign) + fill.fee;
                position += Qty(fill.qty.0 * sign);
                gains = lots.take(&record).iter().fold(gains, |sum, lot| sum + lot.gain());
            }
            cash += Price(payout) * position;
            let end = settled(1_000, Outcome::Value(Price(payout)));
            gains = lots.take(&end).iter().fold(gains, |sum, lot| sum + lot.gain());
            prop_assert_eq!(gains, cash);
        }
    }
}
