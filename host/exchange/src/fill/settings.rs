//! What can be set about the embedded exchange.

use serde::{Deserialize, Serialize};

use crate::fees::FeeModel;

/// When orders fill. [`crate::fill`] says what each model assumes, and which way it errs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillModel {
    /// Every order, at its limit, at once: the case study's back test.
    Instant,
    /// Only when the market comes to the order.
    #[default]
    Touch,
    /// By chance, late, with slippage: the case study's paper trader.
    Probabilistic,
}

/// The embedded exchange's settings; each has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExchangeSettings {
    /// `instant`, `touch` or `probabilistic`.
    pub fill_model: FillModel,
    /// Probabilistic: share of orders that fill at all, 0..1.
    pub fill_probability: f64,
    /// Probabilistic: standard deviation of the fill price around the limit, in dollars.
    pub slippage_std: f64,
    /// Probabilistic: share of the filled orders that fill only in part, 0..1.
    pub partial_probability: f64,
    /// Probabilistic: mean time from order to fill, in milliseconds, exponentially distributed.
    pub latency_mean_ms: f64,
    /// Seeds all chance.
    pub seed: u64,
    /// `none`, `kalshi` or `kalshi_with_maker_fees`. The default is `none`, since the case study pays none.
    pub fees: FeeModel,
    /// The series' fee multiplier, in percent.
    pub fee_multiplier_percent: u32,
}

impl Default for ExchangeSettings {
    fn default() -> Self {
        ExchangeSettings {
            fill_model: FillModel::Touch,
            fill_probability: 0.8,
            slippage_std: 0.002,
            partial_probability: 0.2,
            latency_mean_ms: 150.0,
            seed: 0,
            fees: FeeModel::None,
            fee_multiplier_percent: 100,
        }
    }
}

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("exchange setting `{name}` is {value}: it must lie within {lowest}..{highest}")]
pub struct InvalidSetting {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub value: f64,
    /// The least that it may be.
    pub lowest: f64,
    /// The most that it may be.
    pub highest: f64,
}

impl ExchangeSettings {
    /// Whether all settings make sense.
    ///
    /// # Errors
    /// The first that does not, with its range.
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        let ranges = [
            ("fill_probability", self.fill_probability, 1.0),
            ("slippage_std", self.slippage_std, 1.0),
            ("partial_probability", self.partial_probability, 1.0),
            ("latency_mean_ms", self.latency_mean_ms, 86_400_000.0),
        ];
        match ranges.into_iter().find(|(_, value, highest)| !(0.0..=*highest).contains(value)) {
            Some((name, value, highest)) => Err(InvalidSetting { name, value, lowest: 0.0, highest }),
            None => Ok(()),
        }
    }
}
