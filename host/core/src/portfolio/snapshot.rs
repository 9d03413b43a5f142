//! The part of a portfolio that survives a restart.

use serde::{Deserialize, Serialize};

use super::drawdown::Drawdown;
use super::position::Position;
use crate::market::MarketId;
use crate::money::Usd;
use crate::strategy::SlotId;

/// A portfolio in a form for files. Its size is bounded by open positions, strategies and the markets that are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortfolioSnapshot {
    pub(super) start: Usd,
    pub(super) cash: Usd,
    /// By market and slot.
    pub(super) positions: Vec<(MarketId, SlotId, Position)>,
    pub(super) realised: Usd,
    pub(super) fees: Usd,
    pub(super) realised_by_market: Vec<(MarketId, Usd)>,
    pub(super) realised_by_slot: Vec<Usd>,
    pub(super) drawdown: Drawdown,
}

impl PortfolioSnapshot {
    /// Returns market and slot of each position, in order. Damaged positions, of zero size or with a sign that
    /// contradicts their side, are left out.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (MarketId, SlotId)> {
        let sound = |position: &Position| position.qty.0.signum() == position.side().sign();
        self.positions.iter().filter(move |(_, _, held)| sound(held)).map(|(market, slot, _)| (*market, *slot))
    }
}
