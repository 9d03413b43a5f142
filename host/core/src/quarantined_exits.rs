//! The exits of a slot whose strategy is quarantined, as the order policy has them.

use serde::{Deserialize, Serialize};

/// The treatment of the exits of a slot whose strategy is quarantined. Its entries are cancelled in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantinedExits {
    /// No order leaves: wanted exits wait until the quarantine ends.
    Hold,
    /// Exits that the strategy wanted are worked on, as before.
    #[default]
    Work,
    /// All positions of the slot are closed, at the other side of the book.
    Cross,
}
