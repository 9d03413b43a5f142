//! The description of a run: enough to repeat it.

use std::collections::BTreeMap;
use std::fmt;

use host_core::strategy::ParameterValue;
use host_core::{Market, SlotId, Timestamp};
use serde::{Deserialize, Serialize};

/// The source of a run's events and the destination of its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A tape, replayed at full speed.
    Backtest,
    /// The embedded exchange: no real money.
    Paper,
    /// A venue: real orders.
    Live,
    /// A venue's market data, and a pretend account: no real money. Kept as a live account is.
    #[serde(rename = "paper-at-venue")]
    PaperAtVenue,
}

impl Mode {
    pub(super) const ALL: [Mode; 4] = [Mode::Backtest, Mode::Paper, Mode::Live, Mode::PaperAtVenue];

    /// Returns true if it is kept as an account, which sessions go on with, and not as one run.
    pub fn is_account(self) -> bool {
        matches!(self, Mode::Live | Mode::PaperAtVenue)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mode::Backtest => "backtest",
            Mode::Paper => "paper",
            Mode::Live => "live",
            Mode::PaperAtVenue => "paper-at-venue",
        })
    }
}

/// A strategy that took part in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyInfo {
    pub slot: SlotId,
    /// Name in the manifest.
    pub name: String,
    /// Version in the manifest.
    pub version: String,
    /// SHA-256 digest of the component, in hexadecimal.
    pub sha256: String,
    /// Values of the parameters, defaults included.
    pub parameters: BTreeMap<String, ParameterValue>,
}

/// The description of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    pub mode: Mode,
    /// Version of the host.
    pub engine_version: String,
    /// Wall-clock time of the start.
    pub started: Timestamp,
    /// Wall-clock time of the end; `None` while it runs, or if it was killed.
    pub ended: Option<Timestamp>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Source of the market data, as text for people.
    pub data: String,
    /// Digest of the market data, which tells whether two runs had the same. For a live account, the venue's
    /// environment.
    pub data_digest: String,
    /// The configuration, as TOML.
    pub config: String,
    /// Strategies by slot.
    pub strategies: Vec<StrategyInfo>,
    /// Markets by id.
    pub markets: Vec<Market>,
}
