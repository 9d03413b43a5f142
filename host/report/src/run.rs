//! Figures of a run that only the program around the engine knows when the run ends.

use host_core::portfolio::{Fall, Portfolio};
use host_core::{MarketId, Qty, SlotId, Timestamp, Usd};
use serde::{Deserialize, Serialize};

use crate::about::About;
use crate::funnel::FunnelFacts;
use crate::ground::FillGround;
use crate::proof::Proof;

/// Figures and facts of a run that no record holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFigures {
    /// Number of quote rows.
    pub updates: u64,
    pub polls: u64,
    /// Wall-clock duration of the run.
    pub seconds: f64,
    /// Time and cause of the stop of a run that did not see its whole window.
    pub stopped: Option<Stopped>,
    /// Cash plus positions at mid, at the end.
    pub final_equity: Usd,
    /// Positions still open, in any order.
    pub final_positions: Vec<MarkedPosition>,
    /// Largest fall of equity in dollars, measured on ticks.
    pub largest_fall: Fall,
    /// The fall that is largest as a part of its peak, measured on ticks.
    pub deepest_fall: Fall,
    /// The facts that explain why rows led to no fills.
    pub funnel: Option<FunnelFacts>,
    /// The data, money and models that the figures are of.
    pub about: Option<About>,
    /// The proof that no decision looks ahead.
    pub proof: Option<Proof>,
    /// The ground that fills stand on, where orders have a place in a queue.
    pub fill_ground: Option<FillGround>,
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

/// The end of a run before the end of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Time of the last event before it.
    pub at: Timestamp,
    pub by: StoppedBy,
}

/// The cause of the end of a run before the end of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoppedBy {
    /// Ctrl-C.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// A request to end, as a service manager or a closing terminal sends it.
    #[serde(rename = "SIGTERM")]
    Terminate,
    /// No strategy was left that answers.
    #[serde(rename = "strategy_fault")]
    Fault,
    /// The market data cannot be read any further.
    #[serde(rename = "damaged_data")]
    Damage,
    /// A file of the run cannot be written any further.
    #[serde(rename = "unwritable_file")]
    Unwritable,
}

impl StoppedBy {
    /// Returns the cause as people read it.
    pub fn text(self) -> &'static str {
        match self {
            StoppedBy::Interrupt => "Ctrl-C (SIGINT)",
            StoppedBy::Terminate => "SIGTERM",
            StoppedBy::Fault => "a strategy's fault",
            StoppedBy::Damage => "damaged market data",
            StoppedBy::Unwritable => "a file that cannot be written",
        }
    }
}

impl RunFigures {
    /// Returns the final equity, positions and largest falls of `portfolio`, and defaults for the rest.
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
            largest_fall: portfolio.drawdown().largest(),
            deepest_fall: portfolio.drawdown().deepest(),
            ..RunFigures::default()
        }
    }

    /// Returns the unrealised profit of all open positions.
    pub(crate) fn open_profit(&self) -> Usd {
        self.final_positions.iter().map(MarkedPosition::open_profit).sum()
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
