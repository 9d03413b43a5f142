//! Settings of the simulated exchange.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use host_core::Price;
use host_core::entry_cost::EntryCost;
use host_core::fees::FeeModel;

use super::cancels::QueueCancels;
use crate::overreaction::{DEFAULT_OVERREACTION, MOST_OVERREACTION};

/// Decides when orders fill. [`crate::fill`] says what each model assumes, and in which direction it errs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillModel {
    /// Every order fills at once, at its limit: the case study's back test.
    Instant,
    /// Orders fill when the market reaches them.
    #[default]
    Touch,
    /// Orders fill when trades have used up the queue ahead of them.
    Queue,
    /// As `queue`, with a place in the queue that is drawn.
    Probabilistic,
    /// Orders fill by the toss of a coin, with latency and slippage: the case study's paper trader.
    Coin,
}

/// All fill models by their names, from the kindest to the hardest, with the coin last.
pub const FILL_MODELS: [(&str, FillModel); 5] = [
    ("instant", FillModel::Instant),
    ("probabilistic", FillModel::Probabilistic),
    ("queue", FillModel::Queue),
    ("touch", FillModel::Touch),
    ("coin", FillModel::Coin),
];

impl fmt::Display for FillModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(FILL_MODELS.iter().find(|(_, model)| model == self).map_or("", |(name, _)| name))
    }
}

impl FromStr for FillModel {
    type Err = String;

    fn from_str(text: &str) -> Result<FillModel, String> {
        let found = FILL_MODELS.iter().find(|(name, _)| *name == text).map(|(_, model)| *model);
        found.ok_or_else(|| "write instant, touch, queue, probabilistic or coin".to_owned())
    }
}

impl FillModel {
    /// Returns in which way it flatters every strategy, as a clause; `None` for a model that does not.
    ///
    /// Measured against full books (Kalshi's 15-minute bitcoin markets): an order at its side's best price was worth
    /// 0.6 c two minutes later where it filled at once, and -0.7 c where it took its turn in the queue.
    pub fn flatters(self) -> Option<&'static str> {
        match self {
            FillModel::Instant | FillModel::Coin => Some(
                "it fills at the own price although nobody came for it: about 1.3 c a contract too good on each side \
                 of the recordings it was measured on",
            ),
            FillModel::Probabilistic => Some(
                "it gives orders places in the queue that they did not wait for: read it as an upper bound of `queue`",
            ),
            FillModel::Touch | FillModel::Queue => None,
        }
    }

    /// Returns true if it reads the trades of other people.
    pub fn reads_trades(self) -> bool {
        self.queues()
    }

    /// Returns true if orders have a place in a queue.
    pub(super) fn queues(self) -> bool {
        matches!(self, FillModel::Queue | FillModel::Probabilistic)
    }
}

/// Settings of the simulated exchange; each has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExchangeSettings {
    /// `instant`, `touch`, `queue`, `probabilistic` or `coin`.
    pub fill_model: FillModel,
    /// Queue and probabilistic model: the part of a queue in which others cancel.
    pub queue_cancels: QueueCancels,
    /// Coin: share of orders that fill at all. Probabilistic model: share of orders with a drawn place in the queue.
    /// 0..1.
    pub fill_probability: f64,
    /// Coin: mean of what is paid beyond the limit, in dollars; negative where fills are better.
    pub slippage_mean: f64,
    /// Coin: standard deviation of the fill price around that, in dollars.
    pub slippage_std: f64,
    /// Coin: share of filled orders that fill only in part, 0..1.
    pub partial_probability: f64,
    /// Mean of the exponential latencies, in milliseconds: from order to fill under the coin; from order to venue, and
    /// from cancel to venue, under the queue and the probabilistic model.
    pub latency_mean_ms: f64,
    /// Seed of all randomness.
    pub seed: u64,
    /// Overreaction of the crowd in synthetic markets, 0 to 2; see [`crate::generator::GeneratorSettings`]. No fill
    /// depends on it; like the seed, it is a setting of the whole embedded exchange.
    pub overreaction: f64,
    /// `none`, `kalshi` or `kalshi_with_maker_fees`. The default is `none`, because the case study pays no fees.
    pub fees: FeeModel,
    /// The series' fee multiplier, in percent.
    pub fee_multiplier_percent: u32,
    /// True if each fill is one tick of its market worse than the model's price. It asks how much of a result hangs on
    /// a tick, and is no setting of users. Whoever sets it adds the tick to what entries cost.
    #[serde(skip)]
    pub one_tick_worse: bool,
}

impl Default for ExchangeSettings {
    fn default() -> Self {
        ExchangeSettings {
            fill_model: FillModel::Touch,
            queue_cancels: QueueCancels::default(),
            fill_probability: 0.8,
            slippage_mean: 0.0,
            slippage_std: 0.002,
            partial_probability: 0.2,
            latency_mean_ms: 150.0,
            seed: 0,
            overreaction: DEFAULT_OVERREACTION,
            fees: FeeModel::None,
            fee_multiplier_percent: 100,
            one_tick_worse: false,
        }
    }
}

/// A setting outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("exchange setting `{name}` is {value}: it must lie within {lowest}..{highest}")]
pub struct InvalidSetting {
    pub name: &'static str,
    pub value: f64,
    pub lowest: f64,
    pub highest: f64,
}

impl ExchangeSettings {
    /// Returns the most that entries cost on this exchange: its fees, and the slippage of the coin, whose draws
    /// end at six standard deviations from its mean.
    pub fn entry_cost(&self) -> EntryCost {
        let slips = self.fill_model == FillModel::Coin;
        let worst = (self.slippage_mean + 6.0 * self.slippage_std).max(0.0);
        let farthest = if slips { (worst * f64::from(Price::ONE.0)).ceil() } else { 0.0 };
        EntryCost { fees: self.fees.schedule(self.fee_multiplier_percent), slippage: Price(farthest as i32) }
    }

    /// Checks all settings.
    ///
    /// # Errors
    /// Returns the first setting outside its range.
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        let ranges = [
            ("fill_probability", self.fill_probability, 1.0),
            ("slippage_std", self.slippage_std, 1.0),
            ("partial_probability", self.partial_probability, 1.0),
            ("latency_mean_ms", self.latency_mean_ms, 86_400_000.0),
            ("overreaction", self.overreaction, MOST_OVERREACTION),
        ];
        let mean = ("slippage_mean", self.slippage_mean, -1.0, 1.0);
        let ranges = ranges.into_iter().map(|(name, value, highest)| (name, value, 0.0, highest)).chain([mean]);
        let broken = |&(_, value, lowest, highest): &(_, f64, f64, f64)| !(lowest..=highest).contains(&value);
        match ranges.into_iter().find(broken) {
            Some((name, value, lowest, highest)) => Err(InvalidSetting { name, value, lowest, highest }),
            None => Ok(()),
        }
    }
}
