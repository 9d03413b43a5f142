//! The slow average and deviation of a pair's spread, exponentially weighted (T. Finch, "Incremental calculation of
//! weighted mean and variance", 2009, section 9).

use strategy_sdk::time::{Duration, Timestamp};
use strategy_sdk::{Reader, Writer};

/// The average and deviation of a spread, in dollars.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    first: Option<Timestamp>,
    mean: f64,
    variance: f64,
}

impl Spread {
    /// Returns the length of time for which the spread has been watched at `time`.
    pub fn age(&self, time: Timestamp) -> Duration {
        self.first.map_or(0, |first| time.saturating_sub(first))
    }

    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation, in dollars.
    pub fn deviation(&self) -> f64 {
        self.variance.sqrt()
    }

    /// Returns the distance of `spread` from the average, in standard deviations.
    pub fn score(&self, spread: f64) -> f64 {
        (spread - self.mean) / self.deviation()
    }

    /// Adds a measurement with weight `alpha`.
    pub fn learn(&mut self, spread: f64, alpha: f64, time: Timestamp) {
        if self.first.is_none() {
            *self = Spread { first: Some(time), mean: spread, variance: 0.0 };
        }
        let difference = spread - self.mean;
        self.mean += alpha * difference;
        self.variance = (1.0 - alpha) * (self.variance + alpha * difference * difference);
    }

    /// Appends the state to `writer`.
    pub fn save(&self, writer: &mut Writer) {
        writer.unsigned(u64::from(self.first.is_some()));
        writer.signed(self.first.unwrap_or(0));
        writer.float(self.mean);
        writer.float(self.variance);
    }

    /// Reads what [`Spread::save`] has written.
    pub fn restore(reader: &mut Reader<'_>) -> Result<Spread, String> {
        let is_known = reader.at_most(1)? == 1;
        let first = Some(reader.signed()?).filter(|_| is_known);
        Ok(Spread { first, mean: reader.float()?, variance: reader.float()? })
    }
}
