//! One pass over the records of a run: what a review needs of them, in memory that does not grow with the records
//! before the period.

use std::collections::BTreeMap;

use host_core::record::{Refused, TradingState};
use host_core::{
    MarketId, OrderId, OrderState, Outcome, Price, Qty, Record, Side, SignalAction, SlotId, Span, Timestamp, Usd,
};
use host_report::Window;
use serde::Serialize;

use crate::run::{RoundTrip, RoundTrips, RunSource, marks_at};

/// Time in which refusals of one market and side by one code are one wish.
const SAME_WISH: Span = Span::hours(3);

/// The venue's codes of orders that it turns away because trading is paused (shared by Kalshi and its stand-in).
const PAUSED: [&str; 2] = ["trading_is_paused", "exchange_is_paused"];

/// A time at which trading was reduced or halted.
#[derive(Clone, Debug)]
pub struct Restriction {
    pub time: Timestamp,
    /// The slot whose own limits did it; `None` if it is the account.
    pub slot: Option<SlotId>,
    pub reason: String,
}

/// The round trips of a part of the period, entered and left at the marks of its ends.
#[derive(Debug)]
pub struct DayPart {
    pub window: Window,
    pub trips: Vec<RoundTrip>,
}

/// A trade that was closed in the period.
#[derive(Clone, Copy, Debug)]
pub struct ClosedTrade {
    pub market: MarketId,
    pub net: Usd,
}

/// The first refusal of a market and side by a code.
#[derive(Clone, Debug)]
pub struct Opening {
    pub time: Timestamp,
    pub market: MarketId,
    pub side: Side,
    pub qty: Qty,
    pub price: Option<Price>,
    pub code: String,
}

/// A time and market of which later mids are wanted, up to so long after.
pub type LaterMid = (MarketId, Timestamp, Span);

/// A limit that was nearly reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NearMiss {
    /// Code of the check.
    pub code: String,
    /// Orders with 80 % or more of it in use.
    pub orders: u64,
    /// The largest use, as a part of the limit.
    pub most: f64,
    pub value: String,
    pub limit: String,
}

/// The facts in a run's records that a review is made of.
#[derive(Debug, Default)]
pub struct Facts {
    pub parts: Vec<DayPart>,
    pub trades: Vec<ClosedTrade>,
    pub refusals: BTreeMap<String, u64>,
    pub openings: Vec<Opening>,
    /// The limits that orders nearly reached, by code.
    pub near_misses: BTreeMap<String, NearMiss>,
    /// Signals by day since 1970.
    pub signals: BTreeMap<i64, u64>,
    pub confidences: Vec<f64>,
    /// The first signal to open in each market, by slot, within the period.
    pub first_signals: BTreeMap<(SlotId, MarketId), Side>,
    /// All payouts of the run, also before and after the period.
    pub settled: BTreeMap<MarketId, (Timestamp, Outcome)>,
    pub faults: u64,
    /// Times at which trading was reduced or halted, with the reason.
    pub restrictions: Vec<Restriction>,
    pub blocked_exits: u64,
    /// Orders that the venue turned away because trading was paused.
    pub paused_orders: u64,
    /// Mids that execution figures need.
    pub mids: Vec<LaterMid>,
    pub notes: Vec<String>,
    last_refusal: BTreeMap<(MarketId, Side, String), Timestamp>,
    /// The markets of orders that have not ended.
    working: BTreeMap<OrderId, MarketId>,
}

/// Longest time after a fill that a markout looks at, and after an order's end that its mid counts.
const MARKOUT: Span = Span::minutes(45);
const AFTER_END: Span = Span::minutes(5);

impl Facts {
    /// Reads the run up to the end of its records. `window` is reviewed, in parts by UTC day; figures of execution are
    /// wanted from `first` on.
    pub fn read(source: &RunSource, window: Window, first: Timestamp) -> Facts {
        let mut facts = Facts::default();
        let mut days = DayCutter { trips: RoundTrips::default(), ends: ends(window), at: 0, seq: 0 };
        let Some((journal, _)) = &source.journal else { return facts };
        for (seq, record) in (1..).zip(journal.records()) {
            match record {
                Ok(record) => {
                    days.seq = seq;
                    facts.take(&record, window, first, &mut days, source);
                }
                Err(error) => {
                    facts.notes.push(error.to_string());
                    break;
                }
            }
        }
        days.pass(Timestamp(i64::MAX), source, &mut facts);
        facts
    }

    fn take(&mut self, record: &Record, window: Window, first: Timestamp, days: &mut DayCutter, source: &RunSource) {
        if let Record::Settled { market, time, outcome } = record {
            self.settled.insert(*market, (*time, *outcome));
        }
        let Some(time) = record.time() else { return };
        days.pass(time, source, self);
        if time >= window.until() {
            return;
        }
        days.trips.record(days.seq, record);
        if time >= first {
            self.note_mids(record);
        }
        if time >= window.from() {
            self.note(record, &days.trips);
        }
    }

    fn note_mids(&mut self, record: &Record) {
        match record {
            Record::Filled { market, fill, .. } => self.mids.push((*market, fill.time, MARKOUT)),
            Record::Placed { order, .. } => {
                self.working.insert(order.id, order.market);
            }
            Record::Done { order, time, state, .. } => {
                let market = self.working.remove(order).filter(|_| *state != OrderState::Filled);
                self.mids.extend(market.map(|market| (market, *time, AFTER_END)));
            }
            _ => {}
        }
    }

    fn note(&mut self, record: &Record, trips: &RoundTrips) {
        match record {
            Record::Signal(signal) => {
                *self.signals.entry(signal.time.day()).or_default() += 1;
                self.confidences.push(signal.confidence);
                let side = match signal.action {
                    SignalAction::Buy => Side::Buy,
                    SignalAction::Sell => Side::Sell,
                    SignalAction::Exit => return,
                };
                self.first_signals.entry((signal.slot, signal.market)).or_insert(side);
            }
            Record::Placed { verdicts, .. } => verdicts.iter().for_each(|verdict| {
                if let Some(used) = usage(&verdict.code, &verdict.value, &verdict.limit) {
                    self.note_use(&verdict.code, used, &verdict.value, &verdict.limit);
                }
            }),
            Record::Refused(refused) => self.note_refusal(refused, trips),
            Record::Trade(trade) => self.trades.push(ClosedTrade { market: trade.market, net: trade.net }),
            Record::Fault { .. } => self.faults += 1,
            Record::SlotTrading { slot, time, stopped: true, reason } => {
                self.restrictions.push(Restriction { time: *time, slot: Some(*slot), reason: reason.clone() });
            }
            Record::Trading { time, state, reason } if *state != TradingState::Active => {
                self.restrictions.push(Restriction { time: *time, slot: None, reason: reason.clone() });
            }
            Record::ExitBlocked { .. } => self.blocked_exits += 1,
            Record::Done { state: OrderState::Rejected, reason, .. }
                if PAUSED.iter().any(|code| reason.contains(code)) =>
            {
                self.paused_orders += 1;
            }
            _ => {}
        }
    }

    fn note_use(&mut self, code: &str, used: f64, value: &str, limit: &str) {
        if used < 0.8 {
            return;
        }
        let miss = || NearMiss { code: code.to_owned(), ..NearMiss::default() };
        let line = self.near_misses.entry(code.to_owned()).or_insert_with(miss);
        line.orders += 1;
        if used > line.most {
            (line.most, line.value, line.limit) = (used, value.to_owned(), limit.to_owned());
        }
    }

    fn note_refusal(&mut self, refused: &Refused, trips: &RoundTrips) {
        let Refused { time, market, side, qty, price, verdict, .. } = refused;
        *self.refusals.entry(verdict.code.clone()).or_default() += 1;
        let Some(side) = *side else { return };
        let held = trips.held_in(*market);
        let is_exit = side.signed(held) < Qty::ZERO;
        let last = self.last_refusal.insert((*market, side, verdict.code.clone()), *time);
        if is_exit || last.is_some_and(|last| *time - last < SAME_WISH) {
            return;
        }
        let code = verdict.code.clone();
        self.openings.push(Opening { time: *time, market: *market, side, qty: *qty, price: *price, code });
    }
}

/// Returns the part of a limit on growth or loss that is in use; `None` for other checks.
fn usage(code: &str, value: &str, limit: &str) -> Option<f64> {
    let limit: f64 = limit.parse().ok().filter(|limit| *limit > 0.0)?;
    let value: f64 = value.parse().ok()?;
    // The size and value of one order are capped by design, so orders at the cap say nothing.
    let is_limit = code.starts_with("max_") && !matches!(code, "max_order_size" | "max_order_value" | "max_spread");
    Some(value / limit).filter(|used| is_limit && used.is_finite())
}

/// Cuts round trips at the ends of days.
struct DayCutter {
    trips: RoundTrips,
    /// The start of the period, midnights within it, and its end.
    ends: Vec<Timestamp>,
    /// The number of ends that have passed.
    at: usize,
    /// Number of the present record.
    seq: i64,
}

impl DayCutter {
    /// Passes all ends up to `time`.
    fn pass(&mut self, time: Timestamp, source: &RunSource, facts: &mut Facts) {
        while let Some(end) = self.ends.get(self.at).copied().filter(|end| *end <= time) {
            let held = self.trips.held();
            let marks = marks_at(source, end, &held).unwrap_or_else(|error| {
                facts.notes.push(format!("the prices of {end} cannot be read: {error}"));
                BTreeMap::new()
            });
            if let Some(window) = self.at.checked_sub(1).and_then(|former| Window::new(self.ends[former], end)) {
                let (trips, _) = self.trips.clone().finish(end, &marks);
                facts.parts.push(DayPart { window, trips });
            }
            let missing = self.trips.begin(&marks);
            if !missing.is_empty() {
                let what = format!("{} positions have no price at {end}: they count at their entries", missing.len());
                facts.notes.push(what);
            }
            self.at += 1;
        }
    }
}

fn ends(window: Window) -> Vec<Timestamp> {
    let midnights = window.days().skip(1).map(Timestamp::start_of_day);
    let within = midnights.filter(|midnight| *midnight > window.from() && *midnight < window.until());
    std::iter::once(window.from()).chain(within).chain([window.until()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_were_turned_away_while_trading_was_paused_are_counted() {
        let mut facts = Facts::default();
        let mut end = |state, reason: &str| {
            let (order, time) = (OrderId(1), Timestamp(0));
            facts.note(
                &Record::Done { order, time, state, filled: Qty::ZERO, reason: reason.to_owned() },
                &RoundTrips::default(),
            );
        };
        end(OrderState::Rejected, "the venue refused the order: 409 trading_is_paused trading is paused");
        end(OrderState::Rejected, "the venue refused the order: 409 exchange_is_paused exchange is paused");
        end(OrderState::Rejected, "the venue refused the order: 400 insufficient_balance");
        end(OrderState::Cancelled, "trading_is_paused");
        assert_eq!(facts.paused_orders, 2);
    }
}
