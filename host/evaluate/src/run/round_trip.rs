//! Round trips with the exact money of their entries and exits: what two runs are compared by, trade by trade.
//!
//! A trade in a journal has rounded average prices. Here each leg keeps its quantity and its value, so that the profit
//! of all round trips is that of the run. At the ends of a period a position is entered or left at its mark.

use std::collections::BTreeMap;

use host_core::{Fill, MarketId, OrderId, Outcome, Price, Qty, Record, Side, SlotId, Timestamp, Usd};
use serde::Serialize;

/// All entries or all exits of a round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    pub qty: Qty,
    /// Value in terms of YES.
    pub value: Usd,
    /// Twice the value at the mids of the decisions; `None` if one of them had no mid, or was no order.
    pub mids_doubled: Option<i128>,
}

impl Leg {
    fn of(fill: &Fill, mid_doubled: i32) -> Leg {
        let mids = i128::from(fill.qty.0) * i128::from(mid_doubled);
        Leg { qty: fill.qty, value: fill.cost, mids_doubled: (mid_doubled > 0).then_some(mids) }
    }

    fn at(qty: Qty, value: Usd) -> Leg {
        Leg { qty, value, mids_doubled: None }
    }

    fn add(&mut self, other: Leg) {
        *self = match self.qty.is_zero() {
            true => other,
            false => Leg {
                qty: self.qty + other.qty,
                value: self.value + other.value,
                mids_doubled: self.mids_doubled.zip(other.mids_doubled).map(|(one, other)| one + other),
            },
        };
    }

    /// Returns the share of the leg that falls on `qty` of its contracts.
    pub fn share(&self, qty: Qty) -> Leg {
        let part = |whole: i128| whole * i128::from(qty.0) / i128::from(self.qty.0.max(1));
        Leg { qty, value: self.value.share(qty, self.qty), mids_doubled: self.mids_doubled.map(part) }
    }

    /// Returns the average price in dollars; `None` for an empty leg.
    pub fn price(&self) -> Option<f64> {
        (!self.qty.is_zero()).then(|| self.value.as_dollars() / self.qty.as_contracts())
    }
}

/// The end of a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TripEnd {
    /// Orders closed it.
    Order,
    /// Its market paid out.
    Settled,
    /// It was open at the end of the period, and counts at its mark.
    Open,
}

/// One round trip, or the part of it within a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    pub slot: SlotId,
    pub market: MarketId,
    /// The side on which it was opened.
    pub side: Side,
    /// Time of the decision on its first order.
    pub decided: Timestamp,
    pub opened: Timestamp,
    /// Number of the record of its first fill, and that fill's price.
    pub first_fill: (i64, Price),
    /// Time of its end, or that of the period.
    pub closed: Timestamp,
    /// True if it was open at the start of the period: its entry is the mark of that time.
    pub was_open: bool,
    pub end: TripEnd,
    pub entry: Leg,
    /// As many contracts as the entry has.
    pub exit: Leg,
    /// The contracts of the exit that no order sold: those that were left at the mark of the end.
    pub left_open: Qty,
    pub fees: Usd,
}

impl RoundTrip {
    fn held(&self) -> Qty {
        self.entry.qty - self.exit.qty
    }

    /// Returns the profit before fees.
    pub fn gross(&self) -> Usd {
        self.side.paid(self.exit.value - self.entry.value)
    }

    /// Returns the profit after fees.
    pub fn net(&self) -> Usd {
        self.gross() - self.fees
    }

    /// Returns true if both were open at some time.
    pub fn overlaps(&self, other: &RoundTrip) -> bool {
        self.opened <= other.closed && other.opened <= self.closed
    }

    fn leave(&mut self, exit: Leg, end: TripEnd, at: Timestamp) {
        self.exit.add(exit);
        (self.end, self.closed) = (end, at);
    }
}

/// The position of all slots in a market, with its earliest opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Negative is short.
    pub qty: Qty,
    pub opened: Timestamp,
    /// Number of the record of the first fill.
    pub record: i64,
    /// Price of the first fill.
    pub price: Price,
}

/// Makes round trips from records, in the order in which the engine wrote them.
#[derive(Clone, Debug, Default)]
pub struct RoundTrips {
    open: BTreeMap<(MarketId, SlotId), RoundTrip>,
    done: Vec<RoundTrip>,
    /// Number of the last record.
    seq: i64,
    /// The times of the decisions on orders that have not ended.
    decided: BTreeMap<OrderId, Timestamp>,
}

impl RoundTrips {
    /// Takes record number `seq`.
    pub fn record(&mut self, seq: i64, record: &Record) {
        self.seq = seq;
        match record {
            Record::Placed { order, .. } => {
                self.decided.insert(order.id, order.created);
            }
            Record::Done { order, .. } => {
                self.decided.remove(order);
            }
            Record::Filled { slot, market, side, fill, arrival_mid_doubled, .. } => {
                self.fill(*slot, *market, *side, fill, *arrival_mid_doubled);
            }
            Record::Settled { market, time, outcome } => self.settle(*market, *time, *outcome),
            _ => {}
        }
    }

    fn fill(&mut self, slot: SlotId, market: MarketId, side: Side, fill: &Fill, mid_doubled: i32) {
        let Some(mut trip) = self.open.remove(&(market, slot)) else {
            let decided = self.decided.get(&fill.order).copied().unwrap_or(fill.time);
            let (opened, entry) = (fill.time, Leg::of(fill, mid_doubled));
            let (end, exit, was_open, fees) = (TripEnd::Open, Leg::default(), false, fill.fee);
            let (closed, left_open) = (opened, Qty::ZERO);
            let trip = RoundTrip {
                slot,
                market,
                side,
                decided,
                opened,
                first_fill: (self.seq, fill.price),
                closed,
                was_open,
                end,
                entry,
                exit,
                left_open,
                fees,
            };
            self.open.insert((market, slot), trip);
            return;
        };
        if trip.side == side {
            trip.entry.add(Leg::of(fill, mid_doubled));
            trip.fees += fill.fee;
            self.open.insert((market, slot), trip);
            return;
        }
        let (closing, beyond) = fill.split(fill.qty.min(trip.held()));
        trip.leave(Leg::of(&closing, mid_doubled), TripEnd::Order, fill.time);
        trip.fees += closing.fee;
        if !trip.held().is_zero() {
            self.open.insert((market, slot), trip);
            return;
        }
        self.done.push(trip);
        if !beyond.qty.is_zero() {
            self.fill(slot, market, side, &beyond, mid_doubled);
        }
    }

    fn settle(&mut self, market: MarketId, time: Timestamp, outcome: Outcome) {
        let slots: Vec<_> =
            self.open.range((market, SlotId(0))..=(market, SlotId(u16::MAX))).map(|(k, _)| *k).collect();
        for key in slots {
            let Some(mut trip) = self.open.remove(&key) else { continue };
            let held = trip.held();
            trip.leave(Leg::at(held, outcome.payout() * held), TripEnd::Settled, time);
            self.done.push(trip);
        }
    }

    /// Returns the contracts held in `market` by all slots together; negative is short.
    pub fn held_in(&self, market: MarketId) -> Qty {
        let own = self.open.range((market, SlotId(0))..=(market, SlotId(u16::MAX)));
        own.map(|(_, trip)| trip.side.signed(trip.held())).sum()
    }

    /// Returns what is held in each market by all slots together.
    pub fn held(&self) -> BTreeMap<MarketId, Held> {
        let mut held: BTreeMap<MarketId, Held> = BTreeMap::new();
        for trip in self.open.values() {
            let (record, price) = trip.first_fill;
            let first = Held { qty: Qty::ZERO, opened: trip.opened, record, price };
            let own = held.entry(trip.market).or_insert(first);
            let qty = own.qty + trip.side.signed(trip.held());
            *own = Held { qty, ..if record < own.record { first } else { *own } };
        }
        held
    }

    /// Begins a period: what was closed before is forgotten, and what is open is entered at its mark. `marks` are twice
    /// the prices; returns the markets without one, whose positions keep their entries.
    pub fn begin(&mut self, marks: &BTreeMap<MarketId, i32>) -> Vec<MarketId> {
        self.done.clear();
        let mut missing = Vec::new();
        for trip in self.open.values_mut() {
            let held = trip.held();
            match marks.get(&trip.market) {
                Some(mark) => trip.entry = Leg::at(held, marked(held, *mark)),
                None => {
                    missing.push(trip.market);
                    trip.entry = trip.entry.share(held);
                }
            }
            (trip.exit, trip.fees, trip.was_open) = (Leg::default(), Usd::ZERO, true);
        }
        missing
    }

    /// Ends a period at `until`: what is open is left at its mark. Returns all round trips by opening, and the markets
    /// without a mark, whose positions are left at what they cost.
    pub fn finish(mut self, until: Timestamp, marks: &BTreeMap<MarketId, i32>) -> (Vec<RoundTrip>, Vec<MarketId>) {
        let mut missing = Vec::new();
        for mut trip in std::mem::take(&mut self.open).into_values() {
            let held = trip.held();
            let value = marks.get(&trip.market).map(|mark| marked(held, *mark)).unwrap_or_else(|| {
                missing.push(trip.market);
                trip.entry.share(held).value
            });
            trip.leave(Leg::at(held, value), TripEnd::Open, until);
            trip.left_open = held;
            self.done.push(trip);
        }
        self.done.sort_by_key(|trip| (trip.opened, trip.market, trip.slot));
        (self.done, missing)
    }
}

fn marked(qty: Qty, mark_doubled: i32) -> Usd {
    Usd::half_of(i128::from(qty.0) * i128::from(mark_doubled))
}
