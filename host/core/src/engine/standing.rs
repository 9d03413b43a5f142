//! The part of a slot that survives a restart by itself: its wait, its faults, its quarantine.

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// Number of faults within [`FAULT_WINDOW`] at which a slot is quarantined in any case.
const MOST_FAULTS: usize = 3;
const FAULT_WINDOW: Span = Span::hours(1);

/// The quarantine of a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// Time of the fault that led to it.
    pub since: Timestamp,
    /// The fault's message.
    pub reason: String,
}

/// The part of a slot itself that survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Standing {
    /// Time before which its signals open nothing, if that is later than the account's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade_from: Option<Timestamp>,
    /// The faults of the last hour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
}

impl Standing {
    /// Counts a fault at `now`. Returns true if it is one too many.
    pub fn count_fault(&mut self, now: Timestamp) -> bool {
        self.faults.retain(|&fault| now - fault < FAULT_WINDOW);
        self.faults.push(now);
        self.faults.len() >= MOST_FAULTS
    }

    /// Forgets faults and quarantine.
    pub fn clear_faults(&mut self) {
        (self.faults, self.quarantine) = (Vec::new(), None);
    }
}
