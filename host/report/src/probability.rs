//! Scores of the probabilities that a strategy forecasts in the metadata `probability` of its signals.
//!
//! Only one forecast counts for each strategy and market, the first that led to an entry: later ones overlap with it.

use std::collections::BTreeMap;

use host_core::record::SignalRecord;
use host_core::{Intent, MarketId, Order, Outcome, SignalAction, SlotId};
use serde::{Deserialize, Serialize};

use crate::calibration::{Calibration, ScoredForecast};
use crate::ratios::ratio;

/// Name of the metadata that carries a forecast: the probability, from 0 to 1, that the market resolves to YES.
const NAME: &str = "probability";
/// Smallest distance of a forecast from 0 and 1 in the log loss, which is infinite there.
const EPSILON: f64 = 1e-6;

/// Scores of the probabilities at entry against the outcomes of the markets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbabilityScores {
    /// Forecasts that led to an entry.
    pub forecasts: u64,
    /// Forecasts whose market has resolved. All scores are over these.
    pub resolved: u64,
    /// Mean squared error of the strategy's probabilities (Brier score); lower is better.
    pub brier: Option<f64>,
    /// Brier score of the market's mid at the same times.
    pub market_brier: Option<f64>,
    /// The market's score less the strategy's: positive is better than the market.
    pub brier_advantage: Option<f64>,
    /// Standard error of the advantage: that of the mean of the forecasts' own advantages.
    #[serde(default)]
    pub brier_advantage_error: Option<f64>,
    /// Brier skill score: 1 - (the strategy's score / the market's score).
    pub brier_skill: Option<f64>,
    /// Mean negative log likelihood.
    pub log_loss: Option<f64>,
}

/// Forecasts so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probabilities {
    /// The latest forecast.
    latest: BTreeMap<(MarketId, SlotId), f64>,
    /// The forecast at the first entry and the mid at that time; `None` once the market has resolved.
    entered: BTreeMap<(MarketId, SlotId), Option<(f64, f64)>>,
    resolved: u64,
    squares: f64,
    market_squares: f64,
    /// Sum of the squares of the forecasts' own advantages.
    advantage_squares: f64,
    log_losses: f64,
    /// Forecasts that have resolved.
    scored: Vec<ScoredForecast>,
}

impl Probabilities {
    pub(crate) fn on_signal(&mut self, signal: &SignalRecord) {
        if signal.action == SignalAction::Exit {
            return;
        }
        let forecast = signal.metadata.iter().find(|(name, _)| name == NAME).map(|&(_, value)| value);
        if let Some(probability) = forecast.filter(|value| (0.0..=1.0).contains(value)) {
            self.latest.insert((signal.market, signal.slot), probability);
        }
    }

    pub(crate) fn on_placed(&mut self, order: &Order) {
        let key = (order.market, order.slot);
        if order.intent == Intent::Entry
            && let Some(&probability) = self.latest.get(&key)
        {
            let mid = f64::from(order.arrival_mid_doubled) / 20_000.0;
            self.entered.entry(key).or_insert(Some((probability, mid)));
        }
    }

    pub(crate) fn on_settled(&mut self, market: MarketId, outcome: Outcome) {
        let happened = match outcome {
            Outcome::Yes => 1.0,
            Outcome::No => 0.0,
            // A market that pays a value in between has no outcome to score a probability against.
            Outcome::Value(_) => return,
        };
        for (_, entered) in self.entered.range_mut((market, SlotId(0))..=(market, SlotId(u16::MAX))) {
            let Some((probability, mid)) = entered.take() else { continue };
            self.resolved += 1;
            self.scored.push(ScoredForecast { forecast: probability, market: mid, happened: outcome == Outcome::Yes });
            self.squares += (probability - happened).powi(2);
            self.market_squares += (mid - happened).powi(2);
            self.advantage_squares += ((mid - happened).powi(2) - (probability - happened).powi(2)).powi(2);
            let likelihood = if outcome == Outcome::Yes { probability } else { 1.0 - probability };
            self.log_losses -= likelihood.clamp(EPSILON, 1.0 - EPSILON).ln();
        }
    }

    /// Returns the calibration of the forecasts that have resolved, if any has.
    pub(crate) fn calibration(&self) -> Option<Calibration> {
        Calibration::of(&self.scored)
    }

    /// Returns the standard error of the mean advantage; `None` for fewer than two forecasts.
    fn advantage_error(&self) -> Option<f64> {
        let number = self.resolved as f64;
        let mean = ratio(self.market_squares - self.squares, number)?;
        // Rounding may leave a sum of squares just below zero.
        let spread = (self.advantage_squares - number * mean * mean).max(0.0);
        ratio(spread, number - 1.0).map(|variance| (variance / number).sqrt())
    }

    /// Returns the scores, or `None` if no strategy ever gave a probability.
    pub(crate) fn scores(&self) -> Option<ProbabilityScores> {
        if self.latest.is_empty() {
            return None;
        }
        let mean = |sum: f64| ratio(sum, self.resolved as f64);
        Some(ProbabilityScores {
            forecasts: self.entered.len() as u64,
            resolved: self.resolved,
            brier: mean(self.squares),
            market_brier: mean(self.market_squares),
            brier_advantage: mean(self.market_squares - self.squares),
            brier_advantage_error: self.advantage_error(),
            brier_skill: ratio(self.squares, self.market_squares).map(|share| 1.0 - share),
            log_loss: mean(self.log_losses),
        })
    }
}
