//! The facts without which figures say little: the data, the period, the money, the fill model and the fees.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// The kind of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// A back test on a tape.
    Backtest,
    /// Paper trading on the embedded exchange.
    Paper,
    /// Live trading with an account.
    Live,
}

/// The origin of a run's market data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A host polled it from a venue.
    Recorded,
    /// Files that other software recorded.
    Imported,
    /// A market generator made it up.
    Synthetic,
}

/// The facts about a run that its figures depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    pub kind: RunKind,
    pub origin: Origin,
    /// The source of the market data, in words.
    pub data: String,
    /// The capital at full stage.
    pub capital_target: Money,
    /// The part of it at work: 0.25, 0.5 or 1.
    pub capital_stage: f64,
    /// The fill model of the embedded exchange.
    pub fill_model: String,
    /// In which way that model flatters every strategy, as a clause; absent if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flatters: Option<String>,
    /// The fee schedule, and the reason for it if nobody has set it.
    pub fees: String,
}
