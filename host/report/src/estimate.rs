//! A report as an estimate that stands in another one.

use crate::report::Report;

impl Report {
    /// Returns the report without its breakdowns and definitions, to stand in another one.
    #[must_use]
    pub fn as_estimate(self) -> Report {
        Report {
            components: Vec::new(),
            proof: None,
            funnel: None,
            final_positions: Vec::new(),
            by_market: Vec::new(),
            by_category: Vec::new(),
            by_strategy: Vec::new(),
            by_day: Vec::new(),
            probabilities: None,
            calibration: None,
            lower_estimate: None,
            notes: Vec::new(),
            ..self
        }
    }
}
