//! Figures of a run that only the program around the engine knows when the run ends.

use host_core::portfolio::{Drawdown, Portfolio};
use host_core::{MarketId, Qty, SlotId, Timestamp, Usd};

/// Figures of a run that no record holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFigures {
    /// Number of quote rows.
    pub updates: u64,
    pub polls: u64,
    /// Wall-clock duration of the run.
    pub seconds: f64,
    /// Time of the last event; if `None`, the last record's time is used.
    pub end: Option<Timestamp>,
    /// Cash plus positions at mid, at the end.
    pub final_equity: Usd,
    /// Positions still open, in any order.
    pub final_positions: Vec<MarkedPosition>,
    /// Largest fall of equity, measured on ticks.
    pub worst_fall: WorstFall,
    /// Names of the strategies, by slot number.
    pub strategies: Vec<String>,
}

/// A position still open at the end, with its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedPosition {
    pub slot: SlotId,
    pub market: MarketId,
    /// Contracts; negative is short.
    pub qty: Qty,
    /// Amount paid for the contracts; negative for a short position.
    pub cost: Usd,
    /// Twice the mid at which the position is marked.
    pub mark_doubled: i32,
}

/// The largest fall of equity from a peak. Times that are `None` are taken from daily equity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorstFall {
    pub amount: Usd,
    /// Equity at the peak.
    pub peak: Usd,
    /// Time of the peak.
    pub start: Option<Timestamp>,
    /// Time of the lowest equity.
    pub trough: Option<Timestamp>,
    /// Time at which equity was back at the peak.
    pub recovered: Option<Timestamp>,
}

impl RunFigures {
    /// Returns the final equity, positions and largest fall of `portfolio`, and defaults for the rest.
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
    /// Returns the unrealised profit at the mark.
    pub(crate) fn open_profit(&self) -> Usd {
        Usd::half_of(self.marked_doubled()) - self.cost
    }

    /// Returns twice the value at the mark.
    pub(crate) fn marked_doubled(&self) -> i128 {
        i128::from(self.qty.0) * i128::from(self.mark_doubled)
    }
}
