//! The proof that no decision of a run took rows into account that came after it, as reports show it.

use serde::{Deserialize, Serialize};

use crate::format::grouped;

/// The result of a run's proof that no decision looked ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub look_ahead: LookAhead,
    /// Number of decisions that were made a second time without later rows, and were the same: all that were made on
    /// rows shown ahead.
    pub decisions: u64,
}

/// The knowledge about decisions that depend on later rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookAhead {
    /// There is none: each decision was the same without the rows after its poll.
    None,
    /// There cannot be any: each poll was decided before the next one was shown.
    Impossible,
    /// Rows were shown ahead, and nothing was proven.
    NotProven,
}

impl Proof {
    /// Returns the proof in words.
    pub fn in_words(&self) -> String {
        match self.look_ahead {
            LookAhead::None => {
                let decisions = grouped(self.decisions);
                format!("no look-ahead: {decisions} of {decisions} decisions the same")
            }
            LookAhead::Impossible => "no look-ahead: each poll was decided before the next was shown".to_owned(),
            LookAhead::NotProven => "not proven (--no-proof): decisions may depend on later rows".to_owned(),
        }
    }
}
