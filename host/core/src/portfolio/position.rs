//! One slot's position in one market, and the round trip that it is on.

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::{Price, Qty, Usd};
use crate::order::{Fill, Side};
use crate::record::Trade;
use crate::strategy::SlotId;
use crate::time::Timestamp;

/// A position from its first fill to flat. Average-cost accounting, exact: what a reduction takes from the cost is
/// rounded, and the last reduction takes all that is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Contracts held; negative is short.
    pub qty: Qty,
    /// What was paid for them; negative for a short, whose seller received it.
    pub cost: Usd,
    /// Twice the mid at which it is marked.
    pub mark_doubled: i32,
    trip: Trip,
}

/// What a round trip adds up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trip {
    opened: Timestamp,
    side: Side,
    largest: Qty,
    entered: (Qty, Usd),
    left: (Qty, Usd),
    fees: Usd,
    gross: Usd,
}

impl Position {
    /// Opens a position by its first fill; marked at the fill until a quote comes.
    pub(super) fn open(side: Side, fill: &Fill) -> Position {
        let signed = side.signed(fill.qty);
        Position {
            qty: signed,
            cost: fill.price * signed,
            mark_doubled: 2 * fill.price.0,
            trip: Trip {
                opened: fill.time,
                side,
                largest: fill.qty,
                entered: (fill.qty, fill.price * fill.qty),
                left: (Qty::ZERO, Usd::ZERO),
                fees: fill.fee,
                gross: Usd::ZERO,
            },
        }
    }

    /// Adds a fill of the side that the position already has.
    pub(super) fn grow(&mut self, fill: &Fill) {
        let signed = self.trip.side.signed(fill.qty);
        self.qty += signed;
        self.cost += fill.price * signed;
        self.trip.largest = Qty(self.trip.largest.0.max(self.qty.abs().0));
        self.trip.entered.0 += fill.qty;
        self.trip.entered.1 += fill.price * fill.qty;
        self.trip.fees += fill.fee;
    }

    /// Takes `qty` (at most what is held) off at `price`; returns the gross profit of it.
    pub(super) fn reduce(&mut self, price: Price, qty: Qty, fee: Usd) -> Usd {
        let held = self.qty.abs();
        let share = i128::from(self.cost.0) * i128::from(qty.0) / i128::from(held.0);
        // A share of an i64 amount is an i64 amount.
        let cost = if qty == held { self.cost } else { Usd(share as i64) };
        let signed = self.trip.side.signed(qty);
        let gross = price * signed - cost;
        self.qty -= signed;
        self.cost -= cost;
        self.trip.left.0 += qty;
        self.trip.left.1 += price * qty;
        self.trip.fees += fee;
        self.trip.gross += gross;
        gross
    }

    /// Which way it was opened.
    pub fn side(&self) -> Side {
        self.trip.side
    }

    /// When it was opened.
    pub fn opened(&self) -> Timestamp {
        self.trip.opened
    }

    /// Average entry price of what is held, in dollars.
    pub fn average_price(&self) -> f64 {
        self.cost.0 as f64 / self.qty.0 as f64 / 10_000.0
    }

    /// Twice its value at the mark.
    pub(super) fn marked_doubled(&self) -> i64 {
        self.qty.0 * i64::from(self.mark_doubled)
    }

    /// Profit that is not realised yet, at the mark.
    pub fn unrealised(&self) -> Usd {
        Usd(self.marked_doubled() / 2 - self.cost.0)
    }

    /// The round trip, once the position is flat.
    pub(super) fn trade(&self, slot: SlotId, market: MarketId, closed: Timestamp, settled: bool) -> Trade {
        let trip = &self.trip;
        Trade {
            slot,
            market,
            side: trip.side,
            qty: trip.largest,
            opened: trip.opened,
            closed,
            entry_price: per_contract(trip.entered),
            exit_price: per_contract(trip.left),
            fees: trip.fees,
            net: trip.gross - trip.fees,
            settled,
        }
    }
}

/// The average price of `qty` contracts worth `value`, rounded to the nearest 1/10,000 dollar.
fn per_contract((qty, value): (Qty, Usd)) -> Price {
    let rounded = (value.0 + qty.0 / 2).checked_div(qty.0).unwrap_or(0);
    Price(i32::try_from(rounded).unwrap_or(0))
}
