//! What of a portfolio survives a restart.

use serde::{Deserialize, Serialize};

use super::{Drawdown, Portfolio, Position, add_at};
use crate::market::MarketId;
use crate::money::Usd;
use crate::strategy::SlotId;

/// A portfolio for a file. Its size is bounded by open positions, strategies and the markets that are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    start: Usd,
    cash: Usd,
    /// By market and slot.
    positions: Vec<(MarketId, SlotId, Position)>,
    realised: Usd,
    fees: Usd,
    realised_by_market: Vec<(MarketId, Usd)>,
    realised_by_slot: Vec<Usd>,
    drawdown: Drawdown,
}

impl Snapshot {
    /// Who holds something in which market, in order; a position of nothing, or on the wrong side, is left out.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (MarketId, SlotId)> {
        let sound = |position: &Position| position.qty.0 * position.side().sign() > 0;
        self.positions.iter().filter(move |(_, _, held)| sound(held)).map(|(market, slot, _)| (*market, *slot))
    }
}

impl Portfolio {
    /// What survives a restart. Profit by market is kept for the markets that `keep` says.
    pub(crate) fn snapshot(&self, keep: impl Fn(MarketId) -> bool) -> Snapshot {
        let positions = self.positions.iter().map(|((market, slot), held)| (*market, *slot, held.clone()));
        let by_market = (0..).map(MarketId).zip(self.realised_by_market.iter().copied());
        Snapshot {
            start: self.start,
            cash: self.cash,
            positions: positions.collect(),
            realised: self.realised,
            fees: self.fees,
            realised_by_market: by_market.filter(|(market, sum)| *sum != Usd::ZERO && keep(*market)).collect(),
            realised_by_slot: self.realised_by_slot.clone(),
            drawdown: self.drawdown.clone(),
        }
    }

    /// The portfolio that `snapshot` was taken of.
    pub(crate) fn restore(snapshot: Snapshot) -> Portfolio {
        let mut portfolio = Portfolio::new(snapshot.start);
        for (market, slot, position) in snapshot.positions {
            portfolio.put(slot, market, position);
        }
        for (market, sum) in snapshot.realised_by_market {
            add_at(&mut portfolio.realised_by_market, market.index(), sum);
        }
        let Snapshot { cash, realised, fees, realised_by_slot, drawdown, .. } = snapshot;
        Portfolio { cash, realised, fees, realised_by_slot, drawdown, ..portfolio }
    }
}
