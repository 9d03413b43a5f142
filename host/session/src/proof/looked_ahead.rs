//! The finding that ends a run: a decision that depends on later rows.

use host_core::Timestamp;

use super::seed::ProofSeed;

/// A decision that was not the same without the rows after it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the strategy `{slot}` looks ahead: without later rows, its decision on {market} at {time} is another")]
pub struct LookedAhead {
    /// Name of the strategy's slot.
    pub slot: String,
    /// Time of the row.
    pub time: Timestamp,
    /// Ticker of its market.
    pub market: String,
    /// Number of rows that the instance which traded was shown in one batch.
    pub batch_rows: usize,
    /// Its decision.
    pub traded: String,
    /// Number in the run, from 1, of the last row that the second instance had been shown.
    pub last_row: u64,
    /// Its decision, or its fault.
    pub alone: String,
    /// The seed of the cuts.
    pub seed: ProofSeed,
}

impl LookedAhead {
    /// Returns both decisions and how they came about, a line each.
    pub fn lines(&self) -> [String; 3] {
        [
            format!("in a batch of {} rows: {}", self.batch_rows, self.traded),
            format!("in a batch that ends with row {} of the run: {}", self.last_row, self.alone),
            format!("polls were cut by the seed {}", self.seed),
        ]
    }
}
