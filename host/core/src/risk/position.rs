//! One strategy's position in one market, as far as risk is concerned: how much, and what it can lose.

use std::ops::{AddAssign, SubAssign};

use crate::money::{Price, Qty, Usd};
use crate::order::Side;
use crate::strategy::SlotId;

/// Contracts on one side of a market and what they can lose at the worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub qty: Qty,
    pub loss: Usd,
}

impl AddAssign for Slice {
    fn add_assign(&mut self, other: Slice) {
        self.qty += other.qty;
        self.loss += other.loss;
    }
}

impl SubAssign for Slice {
    fn sub_assign(&mut self, other: Slice) {
        self.qty -= other.qty;
        self.loss -= other.loss;
    }
}

/// A position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub slot: SlotId,
    /// Contracts; negative is short.
    pub qty: Qty,
    /// What it can lose at the worst: what was paid for YES if long, for NO if short.
    pub cost: Usd,
    /// How many entry orders work.
    pub entries: u32,
}

impl Position {
    pub fn flat(slot: SlotId) -> Position {
        Position { slot, qty: Qty::ZERO, cost: Usd::ZERO, entries: 0 }
    }

    /// Whether it counts as an open position: held, or about to be.
    pub fn is_open(&self) -> bool {
        !self.qty.is_zero() || self.entries > 0
    }

    /// The side it is on, with size and cost.
    pub fn slice(&self) -> (Side, Slice) {
        let side = if self.qty.0 < 0 { Side::Sell } else { Side::Buy };
        (side, Slice { qty: self.qty.abs(), loss: self.cost })
    }

    /// Applies an execution: the part against the position releases its share of the cost, the rest opens.
    pub fn trade(&mut self, side: Side, price: Price, qty: Qty) {
        let against = self.qty.0 * side.sign() < 0;
        let closing = if against { qty.min(self.qty.abs()) } else { Qty::ZERO };
        if !closing.is_zero() {
            let held = i128::from(self.qty.abs().0);
            let kept = held - i128::from(closing.0);
            // Rounded up, so that what remains is never understated; exactly zero when flat. It fits: kept <= held.
            let cost = (i128::from(self.cost.0) * kept + held - 1) / held;
            self.cost = Usd(cost as i64);
        }
        self.qty += side.signed(qty);
        self.cost += side.worst_loss(price, qty - closing);
    }
}
