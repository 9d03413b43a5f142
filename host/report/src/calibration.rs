//! Calibration: how often what was forecast happened, by bins of the forecast, and the Brier score taken apart.

use serde::{Deserialize, Serialize};

/// Number of bins, each as wide.
const BINS: usize = 10;

/// Forecasts against outcomes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Forecasts that have resolved to yes or no.
    pub resolved: u64,
    /// Mean squared error: reliability - resolution + uncertainty + within bins.
    pub brier: f64,
    /// Mean squared distance of the bins' mean forecasts from their frequencies; lower is better.
    pub reliability: f64,
    /// Mean squared distance of the bins' frequencies from that of all; higher is better.
    pub resolution: f64,
    /// The frequency of all, times one less it: the score of who always forecasts it.
    pub uncertainty: f64,
    /// The rest of the score: forecasts within one bin are not all the same.
    pub within_bins: f64,
    /// The bins with forecasts, in order.
    pub bins: Vec<CalibrationBin>,
}

/// Forecasts in one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Lowest forecast of the bin; the next bin begins a tenth above.
    pub from: f64,
    pub forecasts: u64,
    /// Mean forecast.
    pub mean: f64,
    /// Mean mid of the markets at the same times.
    #[serde(default)]
    pub market: f64,
    /// Share of them that happened.
    pub frequency: f64,
}

/// A forecast whose market has resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredForecast {
    /// The probability, from 0 to 1.
    pub forecast: f64,
    /// Mid of the market at the same time.
    pub market: f64,
    /// True if the market resolved to YES.
    pub happened: bool,
}

impl Calibration {
    /// Returns the calibration of `scored` forecasts; `None` without any.
    pub fn of(scored: &[ScoredForecast]) -> Option<Calibration> {
        if scored.is_empty() {
            return None;
        }
        let n = scored.len() as f64;
        let value = |happened: bool| f64::from(u8::from(happened));
        let mut sums = [(0_u64, 0.0, 0.0, 0.0); BINS];
        for ScoredForecast { forecast, market, happened } in scored {
            let (count, forecasts, mids, outcomes) = &mut sums[((forecast * BINS as f64) as usize).min(BINS - 1)];
            (*count, *forecasts, *outcomes) = (*count + 1, *forecasts + forecast, *outcomes + value(*happened));
            *mids += market;
        }
        let filled = sums.iter().enumerate().filter(|(_, (count, ..))| *count > 0);
        let bin = |(place, (count, forecasts, mids, outcomes)): (usize, &(u64, f64, f64, f64))| CalibrationBin {
            from: place as f64 / BINS as f64,
            forecasts: *count,
            mean: forecasts / *count as f64,
            market: mids / *count as f64,
            frequency: outcomes / *count as f64,
        };
        let bins: Vec<CalibrationBin> = filled.map(bin).collect();
        let base = scored.iter().map(|one| value(one.happened)).sum::<f64>() / n;
        let weighted = |square: &dyn Fn(&CalibrationBin) -> f64| {
            bins.iter().map(|bin| bin.forecasts as f64 * square(bin)).sum::<f64>() / n
        };
        let brier = scored.iter().map(|one| (one.forecast - value(one.happened)).powi(2)).sum::<f64>() / n;
        let reliability = weighted(&|bin| (bin.mean - bin.frequency).powi(2));
        let resolution = weighted(&|bin| (bin.frequency - base).powi(2));
        let uncertainty = base * (1.0 - base);
        let within_bins = brier - (reliability - resolution + uncertainty);
        let resolved = scored.len() as u64;
        Some(Calibration { resolved, brier, reliability, resolution, uncertainty, within_bins, bins })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_worked_out_by_hand() {
        // Two forecasts of 0.25, of which one happened, and two of 0.75, which both did; 3 of 4 happened.
        let scored = |forecast, happened| ScoredForecast { forecast, market: 0.4, happened };
        let forecasts = [(0.25, false), (0.25, true), (0.75, true), (0.75, true)];
        let forecasts = forecasts.map(|(forecast, happened)| scored(forecast, happened));
        let found = Calibration::of(&forecasts).expect("forecasts");
        let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-12, "{one} is not {other}: {found:?}");
        near(found.brier, (0.0625 + 0.5625 + 0.0625 + 0.0625) / 4.0);
        near(found.reliability, (2.0 * 0.0625 + 2.0 * 0.0625) / 4.0);
        near(found.resolution, (2.0 * 0.0625 + 2.0 * 0.0625) / 4.0);
        near(found.uncertainty, 0.1875);
        near(found.within_bins, 0.0);
        let bins: Vec<(f64, u64, f64)> =
            found.bins.iter().map(|bin| (bin.from, bin.forecasts, bin.frequency)).collect();
        assert_eq!(bins, [(0.2, 2, 0.5), (0.7, 2, 1.0)]);
        assert_eq!(Calibration::of(&[]), None);
        assert_eq!(Calibration::of(&[scored(1.0, true)]).map(|found| found.bins[0].from), Some(0.9));
    }
}
