//! A review as it is shown: all its figures and sentences.

use serde::Serialize;

use super::execution::Execution;
use super::health::{Health, Note};
use super::profit::Profit;
use super::refusals::RefusalLine;
use super::signals::Signals;

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
    /// False if the run does not cover the whole period.
    pub complete: bool,
    pub profit: Profit,
    pub execution: Execution,
    /// By code, the most frequent first.
    pub refusals: Vec<RefusalLine>,
    /// Holding time that refusals are followed up over.
    pub holding_seconds: f64,
    pub health: Health,
    pub signals: Signals,
    /// Actions of people, and their reasons.
    pub people: Vec<Note>,
    /// Next steps that follow by rule.
    pub next_steps: Vec<String>,
    /// Statements of what cannot be computed, and why.
    pub notes: Vec<String>,
    pub definitions: Vec<String>,
}
