//! The comparison of two strategies' decisions over a whole journal.

use serde::Serialize;

use super::divergence::Divergence;

/// The differences between the decisions of two strategies.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Name and version of the journaled strategy.
    pub journaled: String,
    /// Name and version of the other one.
    pub other: String,
    /// Rows that both decided on, from where signals count.
    pub rows: u64,
    /// Rows on which the journaled strategy sent a signal.
    pub journaled_signals: u64,
    /// Rows on which the other one sent a signal.
    pub other_signals: u64,
    /// Rows on which their signals differ.
    pub differing_rows: u64,
    /// The same as runs of rows of one market, in the order of their first rows.
    pub differences: Vec<Divergence>,
    /// The fault after which the other strategy was not asked any more.
    pub fault: Option<String>,
}
