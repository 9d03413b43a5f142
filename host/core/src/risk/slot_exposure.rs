//! Contracts held in one market and what they can lose: of one strategy, and of the account.

use crate::money::{Qty, Usd};
use crate::order::{Fill, Side};
use crate::strategy::SlotId;

/// Contracts on one side of a market, and their worst-case loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SideExposure {
    pub qty: Qty,
    pub loss: Usd,
}

/// Returns the place of `side` among the two.
pub(super) const fn index(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// A position and its worst-case loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HeldExposure {
    /// Contracts; negative is short.
    pub qty: Qty,
    /// Worst-case loss: the amount paid for YES if long, for NO if short.
    pub cost: Usd,
}

/// A strategy's position and working entries in one market.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotExposure {
    pub slot: SlotId,
    pub held: HeldExposure,
    /// Number of working entry orders.
    pub entries: u32,
    /// Their worst-case losses: YES side, NO side.
    pub entry_losses: [Usd; 2],
}

impl SlotExposure {
    pub fn flat(slot: SlotId) -> SlotExposure {
        SlotExposure { slot, held: HeldExposure::default(), entries: 0, entry_losses: [Usd::ZERO; 2] }
    }

    /// Returns the worst-case loss of `side`: position and entries. Exits only reduce it.
    pub fn loss(&self, side: Side) -> Usd {
        self.held.loss(side) + self.entry_losses[index(side)]
    }

    /// Returns the worst-case loss of the market's outcomes.
    pub fn worst(&self) -> Usd {
        self.loss(Side::Buy).max(self.loss(Side::Sell))
    }

    /// Returns true if it counts as an open position: held, or with a working entry.
    pub fn is_open(&self) -> bool {
        !self.held.qty.is_zero() || self.entries > 0
    }
}

impl HeldExposure {
    /// Returns the worst-case loss if `side` is lost; zero for a position on the other side.
    pub fn loss(&self, side: Side) -> Usd {
        if self.qty.0.signum() == side.sign() { self.cost } else { Usd::ZERO }
    }

    /// Applies an execution: the part against the position releases its share of the cost, the rest adds to it.
    pub fn trade(&mut self, side: Side, fill: &Fill) {
        let against = self.qty.0.signum() == -side.sign();
        let closing = if against { fill.qty.min(self.qty.abs()) } else { Qty::ZERO };
        self.release(closing);
        self.qty += side.signed(fill.qty - closing);
        self.cost += fill.split(closing).1.worst_loss(side);
    }

    /// Adds a position that was held before this run. The venue nets opposite ones at their average cost.
    pub fn adopt(&mut self, mut other: HeldExposure) {
        let pairs =
            if self.qty.0.signum() == -other.qty.0.signum() { self.qty.abs().min(other.qty.abs()) } else { Qty::ZERO };
        self.release(pairs);
        other.release(pairs);
        self.qty += other.qty;
        self.cost += other.cost;
    }

    /// Takes `qty` contracts, at most those held, out of the position.
    fn release(&mut self, qty: Qty) {
        if qty.is_zero() {
            return;
        }
        let held = i128::from(self.qty.abs().0);
        let kept = held - i128::from(qty.0);
        // Rounded up to whole micro-dollars, so that the remaining cost is never understated, and exactly zero when
        // flat.
        let micros = held * i128::from(Usd::MICRO.0);
        let cost = (i128::from(self.cost.0) * kept + micros - 1) / micros;
        self.cost = self.cost.min(Usd::saturating_micros(cost));
        self.qty -= Qty(self.qty.0.signum() * qty.0);
    }
}
