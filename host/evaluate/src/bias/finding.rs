//! A finding of the bias checks: what was changed, and what changed with it.

use serde::Serialize;

use super::figures::BiasFigures;
use super::pair::PairEnd;
use super::reading::reading;
use super::variation::Variation;

/// The result of one variation of a back test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BiasFinding {
    /// The change, in a few words.
    pub variation: String,
    /// The figures; absent where the reading gives the reason why there are none.
    pub figures: Option<BiasFigures>,
    /// A sentence on what the figures say.
    pub reading: String,
}

impl BiasFinding {
    /// Returns the finding of `variation`, called `words`, from its outcome or the reason why there is none.
    pub(super) fn of(variation: Variation, words: String, outcome: Result<PairEnd, String>) -> BiasFinding {
        let figures = match outcome {
            Ok(end) => BiasFigures::of(&end),
            Err(reason) => {
                return BiasFinding { variation: words, figures: None, reading: format!("not computed: {reason}") };
            }
        };
        BiasFinding { variation: words, figures: Some(figures), reading: reading(variation, &figures) }
    }
}
