//! One slot's position in one market, and the round trip that it belongs to.

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::{Price, Qty, Usd, as_micros};
use crate::order::{Fill, Side};
use crate::record::Trade;
use crate::strategy::SlotId;
use crate::time::Timestamp;

/// A position from its first fill until it is flat. Accounting is by average cost and exact in total: the cost released
/// by each reduction is rounded to whole micro-dollars, and the last reduction releases all that is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Contracts held; negative is short.
    pub qty: Qty,
    /// Amount paid for the contracts held; negative for a short, since the seller received it.
    pub cost: Usd,
    /// Twice the price at which it is marked.
    pub mark_doubled: i32,
    trip: RoundTrip,
}

/// Totals of a round trip so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoundTrip {
    opened: Timestamp,
    side: Side,
    largest: Qty,
    /// Contracts entered, and their value.
    entered: (Qty, Usd),
    /// Contracts exited, and their value.
    left: (Qty, Usd),
    fees: Usd,
    gross: Usd,
}

impl Position {
    /// Opens a position with its first fill. It is marked at the fill's price until the first quote.
    pub(super) fn open(side: Side, fill: &Fill) -> Position {
        let signed = side.signed(fill.qty);
        Position {
            qty: signed,
            cost: side.paid(fill.cost),
            mark_doubled: 2 * fill.price.0,
            trip: RoundTrip {
                opened: fill.time,
                side,
                largest: fill.qty,
                entered: (fill.qty, fill.cost),
                left: (Qty::ZERO, Usd::ZERO),
                fees: fill.fee,
                gross: Usd::ZERO,
            },
        }
    }

    /// Adds a fill on the side of the position.
    pub(super) fn grow(&mut self, fill: &Fill) {
        let signed = self.trip.side.signed(fill.qty);
        self.qty += signed;
        self.cost += self.trip.side.paid(fill.cost);
        self.trip.largest = self.trip.largest.max(self.qty.abs());
        self.trip.entered.0 += fill.qty;
        self.trip.entered.1 += fill.cost;
        self.trip.fees += fill.fee;
    }

    /// Reduces the position by `qty`, at most the size held, worth `value`. Returns the gross profit.
    pub(super) fn reduce(&mut self, value: Usd, qty: Qty, fee: Usd) -> Usd {
        let held = self.qty.abs();
        let cost = if qty == held { self.cost } else { self.cost.share(qty, held).in_micros() };
        let gross = self.trip.side.paid(value) - cost;
        self.qty -= self.trip.side.signed(qty);
        self.cost -= cost;
        self.trip.left.0 += qty;
        self.trip.left.1 += value;
        self.trip.fees += fee;
        self.trip.gross += gross;
        gross
    }

    /// Returns the side on which it was opened.
    pub fn side(&self) -> Side {
        self.trip.side
    }

    /// Returns the time of its first fill.
    pub fn opened(&self) -> Timestamp {
        self.trip.opened
    }

    /// Returns the average entry price of the contracts held, in dollars.
    pub fn average_price(&self) -> f64 {
        // Both in the units of before, which floats hold exactly.
        as_micros(self.cost.0.into()) / (self.qty.0 as f64 / 1e4) / 10_000.0
    }

    /// Returns twice its value at the mark, in 1/10,000,000,000 dollar.
    pub(super) fn marked_doubled(&self) -> i128 {
        i128::from(self.qty.0) * i128::from(self.mark_doubled)
    }

    /// Returns the unrealised profit at the mark.
    pub fn unrealised(&self) -> Usd {
        Usd::half_of(self.marked_doubled()) - self.cost
    }

    /// Returns the completed round trip; call it when the position is flat.
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

/// Returns the average price of `qty` contracts worth `value`, rounded to the nearest 1/10,000 dollar.
fn per_contract((qty, value): (Qty, Usd)) -> Price {
    let rounded = value.0.saturating_add(qty.0 / 2).checked_div(qty.0).unwrap_or(0);
    Price(i32::try_from(rounded).unwrap_or(0))
}
