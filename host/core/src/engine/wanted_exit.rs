//! An exit that the engine keeps quoting until the position is flat.

use serde::{Deserialize, Serialize};

/// The state of one wanted exit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedExit {
    /// Number of its orders that have expired.
    pub expiries: u32,
    /// Code of the latest refusal: the same cause is recorded only once.
    pub refused: Option<String>,
}
