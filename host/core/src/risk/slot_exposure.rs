//! The exposure of one strategy in one market: its size and its worst-case loss.

use std::ops::{AddAssign, SubAssign};

use crate::money::{Qty, Usd};
use crate::order::{Fill, Side};
use crate::strategy::SlotId;

/// Contracts on one side of a market, and their worst-case loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SideExposure {
    pub qty: Qty,
    pub loss: Usd,
}

impl AddAssign for SideExposure {
    fn add_assign(&mut self, other: SideExposure) {
        self.qty += other.qty;
        self.loss += other.loss;
    }
}

impl SubAssign for SideExposure {
    fn sub_assign(&mut self, other: SideExposure) {
        self.qty -= other.qty;
        self.loss -= other.loss;
    }
}

/// A strategy's position and working entries in one market.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotExposure {
    pub slot: SlotId,
    /// Contracts; negative is short.
    pub qty: Qty,
    /// Worst-case loss: the amount paid for YES if long, for NO if short.
    pub cost: Usd,
    /// Number of working entry orders.
    pub entries: u32,
}

impl SlotExposure {
    pub fn flat(slot: SlotId) -> SlotExposure {
        SlotExposure { slot, qty: Qty::ZERO, cost: Usd::ZERO, entries: 0 }
    }

    /// Returns true if it counts as an open position: held, or with a working entry.
    pub fn is_open(&self) -> bool {
        !self.qty.is_zero() || self.entries > 0
    }

    /// Returns the side of the position with its size and cost.
    pub fn by_side(&self) -> (Side, SideExposure) {
        let side = if self.qty.0 < 0 { Side::Sell } else { Side::Buy };
        (side, SideExposure { qty: self.qty.abs(), loss: self.cost })
    }

    /// Applies an execution: the part against the position releases its share of the cost, the rest adds to it.
    pub fn trade(&mut self, side: Side, fill: &Fill) {
        let against = self.qty.0.signum() == -side.sign();
        let closing = if against { fill.qty.min(self.qty.abs()) } else { Qty::ZERO };
        if !closing.is_zero() {
            let held = i128::from(self.qty.abs().0);
            let kept = held - i128::from(closing.0);
            // Rounded up to whole micro-dollars, so that the remaining cost is never understated, and exactly zero
            // when flat.
            let micros = held * i128::from(Usd::MICRO.0);
            let cost = (i128::from(self.cost.0) * kept + micros - 1) / micros;
            self.cost = self.cost.min(Usd::saturating_micros(cost));
        }
        self.qty += side.signed(fill.qty);
        self.cost += fill.split(closing).1.worst_loss(side);
    }
}
