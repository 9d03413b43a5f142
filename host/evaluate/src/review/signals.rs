//! Signals of the period, alone and against those of another run: how many, how strong, how often right.

use host_core::{Outcome, Side};
use host_report::{Calibration, Drift, ProbabilityScores, Report, Window};
use serde::Serialize;

use super::facts::Facts;

/// Number of bins of a distribution, each a tenth wide.
const BINS: usize = 10;

/// Signals of the period.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Signals {
    pub count: u64,
    pub per_day: f64,
    /// By day of the period.
    pub by_day: Vec<u64>,
    /// Shares of the signals by confidence, in tenths; empty without signals.
    pub confidence: Vec<f64>,
    pub accuracy: Accuracy,
    /// Scores of the forecast probabilities; null if the strategies give none.
    pub probabilities: Option<ProbabilityScores>,
    pub calibration: Option<Calibration>,
    /// The run that they are compared with, if one was named.
    pub against: Option<SignalsAgainst>,
}

/// First signals against the payouts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Accuracy {
    /// Markets whose first signal is known, and that settled to yes or no.
    pub settled: u64,
    pub right: u64,
    pub share: Option<f64>,
}

/// Signals of another run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignalsAgainst {
    pub name: String,
    pub per_day: f64,
    pub confidence: Vec<f64>,
    pub accuracy: Accuracy,
    /// Null for fewer than 20 signals on a side.
    pub drift: Option<Drift>,
    /// Its fill rate and slippage, which paper and live are measured by.
    pub fill_rate: Option<f64>,
    pub average_slippage: Option<host_report::Money>,
}

impl Signals {
    pub(super) fn of(facts: &Facts, window: Window, report: &Report) -> Signals {
        let by_day = window.days().map(|day| facts.signals.get(&day).copied().unwrap_or(0)).collect();
        let count = facts.confidences.len() as u64;
        Signals {
            count,
            per_day: per_day(count, window),
            by_day,
            confidence: shares(&facts.confidences),
            accuracy: accuracy(facts),
            probabilities: report.probabilities,
            calibration: report.calibration.clone(),
            against: None,
        }
    }
}

impl SignalsAgainst {
    pub(super) fn of(name: &str, own: &Facts, other: &Facts, window: Window, report: &Report) -> SignalsAgainst {
        SignalsAgainst {
            name: name.to_owned(),
            per_day: per_day(other.confidences.len() as u64, window),
            confidence: shares(&other.confidences),
            accuracy: accuracy(other),
            drift: Drift::of(&own.confidences, &other.confidences),
            fill_rate: report.fill_rate,
            average_slippage: report.average_slippage,
        }
    }
}

fn per_day(count: u64, window: Window) -> f64 {
    count as f64 / (window.length().as_seconds() / 86_400.0)
}

fn shares(confidences: &[f64]) -> Vec<f64> {
    if confidences.is_empty() {
        return Vec::new();
    }
    let mut counts = [0_u64; BINS];
    for confidence in confidences {
        counts[((confidence * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    counts.iter().map(|count| *count as f64 / confidences.len() as f64).collect()
}

fn accuracy(facts: &Facts) -> Accuracy {
    let mut found = Accuracy::default();
    for ((_, market), side) in &facts.first_signals {
        let right = match facts.settled.get(market) {
            Some((_, Outcome::Yes)) => *side == Side::Buy,
            Some((_, Outcome::No)) => *side == Side::Sell,
            _ => continue,
        };
        found.settled += 1;
        found.right += u64::from(right);
    }
    found.share = (found.settled > 0).then(|| found.right as f64 / found.settled as f64);
    found
}
