//! The way from rows to fills, with the reason wherever nothing came through: silence is explained.

use std::collections::BTreeMap;

use host_core::Span;
use serde::{Deserialize, Serialize};

use crate::format::grouped;

/// The number of rows, scores, signals, orders and fills of the traded window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    pub rows: u64,
    /// Rows with a score, of all strategies together.
    pub scored: u64,
    /// Signals that the engine acted on.
    pub signals: u64,
    pub orders: u64,
    pub fills: u64,
    /// The reason for each of these that is zero.
    pub reasons: BTreeMap<String, String>,
}

/// The facts that explain a funnel, as the program around the engine knows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunnelFacts {
    /// Rows of the traded window.
    pub rows: u64,
    pub scored: u64,
    /// The largest distance of a score from zero.
    pub largest_score: f64,
    /// Signals of the strategies, those included that asked for nothing new.
    pub signals: u64,
    /// The shortest history that one of the strategies asks of a market before it scores it.
    pub history_asked: Span,
    /// The longest history of a market in the run.
    pub longest_history: Span,
    /// Number of markets.
    pub markets: u64,
    /// Those of them that `risk.allowed_markets` matches.
    pub allowed: u64,
    pub fill_model: String,
}

impl Funnel {
    /// Returns the funnel as a line, and below it the reason for the first step that nothing came to.
    pub(crate) fn lines(&self) -> String {
        let steps: Vec<String> = self.steps().map(|(name, count)| format!("{name} {}", grouped(count))).collect();
        let first = self.steps().find_map(|(name, count)| {
            let reason = self.reasons.get(name).filter(|_| count == 0)?;
            Some(format!("  no {name}: {reason}\n"))
        });
        // A strategy may give signals without scores.
        let reason = first.filter(|_| self.fills == 0).unwrap_or_default();
        format!("\n{}\n{}", steps.join(" \u{2192} "), reason.replace("no scored:", "no scores:"))
    }

    fn steps(&self) -> std::array::IntoIter<(&'static str, u64), 5> {
        let Funnel { rows, scored, signals, orders, fills, .. } = *self;
        [("rows", rows), ("scored", scored), ("signals", signals), ("orders", orders), ("fills", fills)].into_iter()
    }
}
