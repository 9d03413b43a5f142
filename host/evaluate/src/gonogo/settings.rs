//! The section `[gonogo]` of the configuration: the thresholds of the criteria.

use std::path::PathBuf;

use host_core::{Span, Usd, time::span_text};
use serde::{Deserialize, Serialize};

/// The thresholds of the go/no-go criteria.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GoNoGoSettings {
    /// UTC days of which at least half must have been traded on paper.
    pub paper_days: u32,
    /// Most of the time on paper that may lack polls, as a fraction.
    pub paper_gaps: f64,
    /// Time since the end of paper after which it proves nothing any more.
    #[serde(with = "span_text")]
    pub paper_age: Span,
    /// Least profit on paper, in dollars; it must be above it.
    paper_profit: f64,
    /// Most of the difference between paper and its back test that may stay without explanation, as a fraction.
    pub unexplained: f64,
    /// Markets in which paper must have closed trades.
    pub markets: u32,
    /// Profit factor that the lower end of the interval must exceed.
    pub profit_factor: f64,
    /// Age after which a drill of the kill switch proves nothing any more.
    #[serde(with = "span_text")]
    pub kill_age: Span,
    /// The same of the other drills.
    #[serde(with = "span_text")]
    pub drill_age: Span,
    /// The same of a person's signature.
    #[serde(with = "span_text")]
    pub signature_age: Span,
    /// File of the operator's own runbook; empty: the host's.
    pub runbook: PathBuf,
}

impl Default for GoNoGoSettings {
    /// Returns the case study's thresholds.
    fn default() -> Self {
        GoNoGoSettings {
            paper_days: 21,
            paper_gaps: 0.05,
            paper_age: Span::days(30),
            paper_profit: 0.0,
            unexplained: 0.05,
            markets: 10,
            profit_factor: 1.0,
            kill_age: Span::days(7),
            drill_age: Span::days(30),
            signature_age: Span::days(30),
            runbook: PathBuf::new(),
        }
    }
}

impl GoNoGoSettings {
    /// Returns the profit that paper must exceed.
    pub fn paper_profit(&self) -> Usd {
        // Out of range, nothing exceeds it.
        Usd::from_dollars(self.paper_profit).unwrap_or(Usd::MOST)
    }
}
