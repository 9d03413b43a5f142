//! The difference of two runs' profits, trade by trade: whole numbers that add up exactly.
//!
//! A trade of both runs is split at the contracts that both have: prices count for those, and what one has more counts
//! at its own profit per contract. A price effect is the slippage, which is the price against the mid at the decision,
//! and the timing, which is the difference of those mids.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{MarketId, SlotId, Timestamp, Usd};
use host_report::Money;
use serde::Serialize;

use super::line::{Line, Part};
use super::matching::{Matched, matched};
use crate::run::{Leg, Missing, RoundTrip, RunView, TripEnd};

/// The share of one trade in the difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    pub line: Line,
    pub part: Option<Part>,
    /// Code of the refusal.
    pub code: Option<String>,
    pub strategy: String,
    /// Ticker.
    pub market: String,
    pub side: String,
    /// The amount by which it changes the profit from the first to the second run.
    pub amount: Money,
    pub first: Option<TripFacts>,
    pub second: Option<TripFacts>,
}

/// A round trip as people read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TripFacts {
    /// ISO 8601.
    pub opened: String,
    pub closed: String,
    pub contracts: f64,
    /// Average prices in dollars, in terms of YES.
    pub entry_price: Option<f64>,
    pub exit_price: Option<f64>,
    pub end: TripEnd,
    pub fees: Money,
    /// Profit after fees.
    pub net: Money,
}

impl TripFacts {
    fn of(trip: &RoundTrip) -> TripFacts {
        TripFacts {
            opened: trip.opened.to_string(),
            closed: trip.closed.to_string(),
            contracts: trip.entry.qty.as_contracts(),
            entry_price: trip.entry.price(),
            exit_price: trip.exit.price(),
            end: trip.end,
            fees: Money(trip.fees),
            net: Money(trip.net()),
        }
    }
}

/// The shares of all trades of two runs.
#[derive(Debug, Default)]
pub struct TradeDifferences {
    pub items: Vec<Item>,
    /// Number of trades that both have.
    pub both: usize,
}

/// Splits the difference from `first` to `second`, trade by trade.
pub fn split(first: &RunView, second: &RunView) -> TradeDifferences {
    let Matched { both, first_only, second_only } = matched(first, second);
    let mut splitter = Splitter { first, second, items: Vec::new() };
    both.iter().for_each(|(one, other)| splitter.pair(one, other));
    first_only.iter().for_each(|trip| splitter.missed(trip));
    second_only.iter().for_each(|trip| splitter.added(trip));
    TradeDifferences { items: splitter.items, both: both.len() }
}

struct Splitter<'a> {
    first: &'a RunView,
    second: &'a RunView,
    items: Vec<Item>,
}

impl Splitter<'_> {
    fn pair(&mut self, one: &RoundTrip, other: &RoundTrip) {
        let common = one.entry.qty.min(other.entry.qty);
        let legs = |leg: fn(&RoundTrip) -> &Leg| (leg(one).share(common), leg(other).share(common));
        let entry = Effect::of(legs(|trip| &trip.entry), -one.side.sign());
        let exit = Effect::of(legs(|trip| &trip.exit), one.side.sign());
        let contracts = other.gross() - one.gross() - entry.whole - exit.whole;
        let contracts_part = self.contracts_part(one, other);
        let mut add = |line, part, amount| self.push((line, part, None), amount, Some(one), Some(other));
        add(Line::Contracts, Some(contracts_part), contracts);
        match one.was_open || other.was_open {
            true => add(Line::OpenPositions, None, entry.whole),
            false => entry.parts().for_each(|(part, amount)| add(Line::EntryPrices, Some(part), amount)),
        }
        match (one.end, other.end) {
            (TripEnd::Open, _) | (_, TripEnd::Open) => add(Line::OpenPositions, None, exit.whole),
            (TripEnd::Order, TripEnd::Order) => {
                exit.parts().for_each(|(part, amount)| add(Line::ExitPrices, Some(part), amount));
            }
            _ => add(Line::Settlement, None, exit.whole),
        }
        add(Line::Fees, None, one.fees - other.fees);
    }

    /// Returns the cause of a different size: orders of the smaller one that did not fill completely, or their size.
    fn contracts_part(&self, one: &RoundTrip, other: &RoundTrip) -> Part {
        let (view, smaller) = match one.entry.qty > other.entry.qty {
            true => (self.second, other),
            false => (self.first, one),
        };
        let RoundTrip { slot, market, decided, closed, .. } = smaller;
        let (ordered, filled) = view.evidence.entered(*slot, *market, *decided, *closed);
        if filled < ordered { Part::PartialFills } else { Part::Size }
    }

    fn missed(&mut self, trip: &RoundTrip) {
        let why = only_one(trip, self.first, self.second, Line::TradesMissed);
        self.push(why, -trip.net(), Some(trip), None);
    }

    fn added(&mut self, trip: &RoundTrip) {
        let why = only_one(trip, self.second, self.first, Line::TradesAdded);
        self.push(why, trip.net(), None, Some(trip));
    }

    fn push(&mut self, why: Why, amount: Usd, first: Option<&RoundTrip>, second: Option<&RoundTrip>) {
        let known = first.map(|trip| (self.first, trip)).or(second.map(|trip| (self.second, trip)));
        let Some((view, trip)) = known.filter(|_| amount != Usd::ZERO || first.is_none() || second.is_none()) else {
            return;
        };
        let (line, part, code) = why;
        self.items.push(Item {
            line,
            part,
            code,
            strategy: view.slot(trip.slot),
            market: view.ticker(trip.market),
            side: trip.side.to_string(),
            amount: Money(amount),
            first: first.map(TripFacts::of),
            second: second.map(TripFacts::of),
        });
    }
}

/// Line, part, and the code of a refusal.
type Why = (Line, Option<Part>, Option<String>);

/// Returns the line and cause of a trade that `own` has and `other` has not.
fn only_one(trip: &RoundTrip, own: &RunView, other: &RunView, line: Line) -> Why {
    if trip.end == TripEnd::Open {
        return (Line::OpenPositions, Some(Part::OneOnly), None);
    }
    if trip.was_open {
        return (line, Some(Part::Before), None);
    }
    let slot = slot_of(trip.slot, own, other);
    let market = other.markets.iter().find(|market| market.ticker == own.ticker(trip.market)).map(|market| market.id);
    let Some((slot, market)) = slot.zip(market) else { return (line, Some(Part::Signals), None) };
    if is_held(other, slot, market, trip.decided) {
        return (line, Some(Part::Held), None);
    }
    match other.evidence.missing(slot, market, trip.side, trip.decided, trip.closed) {
        Missing::NoSignal => (line, Some(Part::Signals), None),
        Missing::Refused(code) => (line, Some(Part::Refused), Some(code)),
        Missing::NotFilled => (line, Some(Part::MissedFills), None),
        Missing::NoOrder => (line, Some(Part::NoOrder), None),
    }
}

/// Returns the slot of `other` that stands for `slot` of `own`: that of the same name, or the only one.
fn slot_of(slot: SlotId, own: &RunView, other: &RunView) -> Option<SlotId> {
    let name = own.slot(slot);
    let named = other.slots.iter().find(|(_, other)| **other == name).map(|(slot, _)| *slot);
    named.or_else(|| other.slots.keys().next().copied().filter(|_| other.slots.len() == 1 && own.slots.len() == 1))
}

fn is_held(view: &RunView, slot: SlotId, market: MarketId, at: Timestamp) -> bool {
    let own = view.trips.iter().flatten().filter(|trip| (trip.slot, trip.market) == (slot, market));
    own.take_while(|trip| trip.opened <= at).any(|trip| trip.closed > at)
}

/// The effect of other prices on as many contracts.
struct Effect {
    whole: Usd,
    /// The slippage in it, if both have mids.
    slippage: Option<Usd>,
}

impl Effect {
    /// Returns the effect of the second leg's price in place of the first's, where a higher price counts with `sign`.
    fn of((one, other): (Leg, Leg), sign: i64) -> Effect {
        let signed = |amount: Usd| if sign < 0 { -amount } else { amount };
        let values = other.value - one.value;
        let mids = one.mids_doubled.zip(other.mids_doubled).map(|(one, other)| other - one);
        let slippage = mids.map(|mids| Usd::saturating((2 * i128::from(values.0) - mids) / 2));
        Effect { whole: signed(values), slippage: slippage.map(signed) }
    }

    fn parts(&self) -> impl Iterator<Item = (Part, Usd)> + use<> {
        match self.slippage {
            Some(slippage) => vec![(Part::Slippage, slippage), (Part::Timing, self.whole - slippage)],
            None => vec![(Part::Price, self.whole)],
        }
        .into_iter()
    }
}

/// Amount and number of trades of a line or a part.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sum {
    pub amount: Money,
    pub trades: usize,
}

/// Slot, ticker and opening of a trade.
type TradeName = (String, String, String);

/// Returns the sums of `items` by the key that `key` gives.
pub(super) fn sums<K: Ord>(items: &[Item], key: impl Fn(&Item) -> Option<K>) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, (Sum, BTreeSet<TradeName>)> = BTreeMap::new();
    for item in items {
        let Some(key) = key(item) else { continue };
        let (sum, trades) = sums.entry(key).or_default();
        sum.amount = Money(sum.amount.0 + item.amount.0);
        let opened = item.first.as_ref().or(item.second.as_ref()).map(|trip| trip.opened.clone());
        trades.insert((item.strategy.clone(), item.market.clone(), opened.unwrap_or_default()));
    }
    sums.into_iter().map(|(key, (sum, trades))| (key, Sum { trades: trades.len(), ..sum })).collect()
}
