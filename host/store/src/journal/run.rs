//! What a run was: enough to do it again.

use std::collections::BTreeMap;
use std::fmt;

use host_core::strategy::ParameterValue;
use host_core::{Market, SlotId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where events came from and effects went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A tape, as fast as it goes.
    Backtest,
    /// An embedded exchange: no money.
    Paper,
    /// A venue: real orders.
    Live,
}

impl Mode {
    pub(super) const ALL: [Mode; 3] = [Mode::Backtest, Mode::Paper, Mode::Live];
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mode::Backtest => "backtest",
            Mode::Paper => "paper",
            Mode::Live => "live",
        })
    }
}

/// A strategy that took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyInfo {
    /// Its slot.
    pub slot: SlotId,
    /// The manifest's name.
    pub name: String,
    /// The manifest's version.
    pub version: String,
    /// Digest of the component, in hexadecimal.
    pub sha256: String,
    /// What was set, defaults included.
    pub parameters: BTreeMap<String, ParameterValue>,
}

/// What a run is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Back test, paper or live.
    pub mode: Mode,
    /// Version of the host.
    pub engine_version: String,
    /// When it was started, by the wall clock.
    pub started: Timestamp,
    /// When it ended, by the wall clock; `None` while it runs, or if it was killed.
    pub ended: Option<Timestamp>,
    /// Seed of all that is drawn at random.
    pub seed: u64,
    /// Where the market data came from, for people.
    pub data: String,
    /// The configuration, as TOML.
    pub config: String,
    /// Who traded, by slot.
    pub strategies: Vec<StrategyInfo>,
    /// What was traded, by id.
    pub markets: Vec<Market>,
}
