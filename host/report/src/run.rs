//! What only the shell around the engine knows when a run ends.

use host_core::portfolio::{Drawdown, Portfolio};
use host_core::{MarketId, Qty, SlotId, Timestamp, Usd};

/// Figures of a run that are in no record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFigures {
    /// Quote rows seen.
    pub updates: u64,
    /// Polls seen.
    pub polls: u64,
    /// Wall-clock seconds that the run took.
    pub seconds: f64,
    /// Time of the last event; the last record's time where it is `None`.
    pub end: Option<Timestamp>,
    /// Cash plus positions at mid, at the end.
    pub final_equity: Usd,
    /// Positions still open, in any order.
    pub final_positions: Vec<MarkedPosition>,
    /// The largest fall of equity on ticks.
    pub worst_fall: WorstFall,
    /// Names of the strategies, by slot number.
    pub strategies: Vec<String>,
}

/// A position still open at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedPosition {
    /// Whose.
    pub slot: SlotId,
    /// Which market.
    pub market: MarketId,
    /// Contracts; negative is short.
    pub qty: Qty,
    /// What was paid for them; negative for a short.
    pub cost: Usd,
    /// Twice the mid at which they are marked.
    pub mark_doubled: i32,
}

/// The largest fall of equity from a peak. Where times are `None`, the report takes them from daily equity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorstFall {
    /// The fall.
    pub amount: Usd,
    /// The equity that it fell from.
    pub peak: Usd,
    /// When that peak was.
    pub start: Option<Timestamp>,
    /// When the fall was largest.
    pub trough: Option<Timestamp>,
    /// When equity was back at the peak.
    pub recovered: Option<Timestamp>,
}

impl RunFigures {
    /// Final equity, positions and largest fall as `portfolio` has them; the rest is left at its default.
    pub fn of(portfolio: &Portfolio) -> RunFigures {
        let line = |(market, slot, position): (MarketId, SlotId, &host_core::portfolio::Position)| MarkedPosition {
            slot,
            market,
            qty: position.qty,
            cost: position.cost,
            mark_doubled: position.mark_doubled,
        };
        RunFigures {
            final_equity: portfolio.equity(),
            final_positions: portfolio.positions().map(line).collect(),
            worst_fall: portfolio.drawdown().into(),
            ..RunFigures::default()
        }
    }
}

impl From<&Drawdown> for WorstFall {
    fn from(drawdown: &Drawdown) -> WorstFall {
        let Drawdown { max, max_peak, start, trough, recovered, .. } = drawdown;
        WorstFall { amount: *max, peak: *max_peak, start: *start, trough: *trough, recovered: *recovered }
    }
}

impl MarkedPosition {
    /// Profit that is not realised yet, at the mark.
    pub(crate) fn open_profit(&self) -> Usd {
        Usd(self.marked_doubled() / 2 - self.cost.0)
    }

    /// Twice its value at the mark.
    pub(crate) fn marked_doubled(&self) -> i64 {
        self.qty.0 * i64::from(self.mark_doubled)
    }
}
