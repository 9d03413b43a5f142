//! A review as it is shown: all its figures and sentences.

use host_report::Money;
use serde::Serialize;

use super::execution::Execution;
use super::health::{Health, Note};
use super::profit::Profit;
use super::refusals::RefusalLine;
use super::signals::Signals;

/// The figures of the period in short: the case study's.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Trades closed.
    pub trades: u64,
    pub wins: u64,
    pub win_rate: Option<f64>,
    pub total_pnl: Money,
    /// On equity per five minutes; null where a journal has no equity.
    pub max_drawdown: Option<Money>,
    /// Orders filled at least in part, and orders that ended.
    pub orders_filled: u64,
    pub orders_ended: u64,
    /// Contracts filled over contracts submitted.
    pub fill_rate: Option<f64>,
    /// Dollars per contract; positive is cost.
    pub average_slippage: Option<Money>,
    pub fees: Money,
    /// As in the health of the system.
    pub uptime: Option<f64>,
    pub interventions: Option<u64>,
}

/// The review of a period of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    pub name: String,
    /// Back test, paper or live.
    pub mode: String,
    /// Source of the market data, as text for people.
    pub data: String,
    /// ISO 8601: from its start on, and before its end.
    pub from: String,
    pub until: String,
    /// False if the run has not traded in all of the period that was asked for.
    pub complete: bool,
    pub summary: Summary,
    pub profit: Profit,
    pub execution: Execution,
    /// By code, the most frequent first.
    pub refusals: Vec<RefusalLine>,
    /// Holding time that refusals are followed up over.
    pub holding_seconds: f64,
    pub health: Health,
    pub signals: Signals,
    /// The decision journal: notes, actions by hand, and what was changed between sessions.
    pub people: Vec<Note>,
    /// Next steps that follow by rule.
    pub next_steps: Vec<String>,
    /// Statements of what cannot be computed, and why.
    pub notes: Vec<String>,
    pub definitions: Vec<String>,
}
