//! Estimates with their 90 % intervals, and the number of observations that a usable one takes.

use serde::Serialize;

/// The 95 % quantile of the standard normal distribution: 90 % lie within it on both sides.
pub(crate) const Z: f64 = 1.644_853_627;
/// Fewest observations from which a mean or a deviation is concluded: below, the normal approximations are poor.
const FEWEST: u64 = 20;

/// An estimate with the interval that holds the true value in nine of ten such samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// Number of observations.
    pub of: u64,
    /// Number of further observations after which the interval is narrow enough to conclude; 0 if it is.
    pub further: u64,
}

impl Estimate {
    /// Returns true if there are enough observations to conclude.
    pub fn is_concluded(&self) -> bool {
        self.further == 0
    }

    /// Returns the share of `hits` among `of`, with Wilson's score interval (E. B. Wilson, "Probable inference", 1927);
    /// `None` of nothing.
    pub(super) fn share(hits: u64, of: u64, within: f64) -> Option<Estimate> {
        if of == 0 {
            return None;
        }
        let (n, share) = (of as f64, hits as f64 / of as f64);
        let (spread, scale) = (Z * Z / n, 1.0 + Z * Z / n);
        let middle = (share + spread / 2.0) / scale;
        let half = Z / scale * (share * (1.0 - share) / n + spread / (4.0 * n)).sqrt();
        // With Laplace's rule, so that ten hits of ten are not taken for certainty.
        let careful = (hits as f64 + 1.0) / (n + 2.0);
        let needed = Z * Z * careful * (1.0 - careful) / (within * within);
        let (low, high) = ((middle - half).max(0.0), (middle + half).min(1.0));
        Some(Estimate { value: share, low, high, of, further: further(needed, of) })
    }

    /// Returns the mean of `values`, with the interval of the normal distribution; `None` of fewer than two.
    pub(super) fn mean(values: &[f64], within: f64) -> Option<Estimate> {
        let (mean, deviation) = moments(values)?;
        let half = Z * deviation / (values.len() as f64).sqrt();
        let needed = (Z * deviation / within).powi(2);
        Some(Estimate::around(mean, half, values.len(), needed))
    }

    /// Returns the standard deviation of `values`, with the interval of a large sample from a normal distribution;
    /// `None` of fewer than two.
    pub(super) fn deviation(values: &[f64], within: f64) -> Option<Estimate> {
        let (_, deviation) = moments(values)?;
        let half = Z * deviation / (2.0 * (values.len() as f64 - 1.0)).sqrt();
        Some(Estimate::around(deviation, half, values.len(), 1.0 + Z * Z / (2.0 * within * within)))
    }

    /// Returns the mean of waiting times, with the interval of a large sample from an exponential distribution; `None`
    /// of fewer than two.
    pub(super) fn waiting(values: &[f64], within: f64) -> Option<Estimate> {
        let (mean, _) = moments(values)?;
        let half = Z * mean / (values.len() as f64).sqrt();
        Some(Estimate::around(mean, half, values.len(), (Z / within).powi(2)))
    }

    fn around(value: f64, half: f64, of: usize, needed: f64) -> Estimate {
        let of = of as u64;
        Estimate { value, low: value - half, high: value + half, of, further: further(needed, of) }
    }
}

/// Returns the number of observations that `of` lack to be `needed`.
fn further(needed: f64, of: u64) -> u64 {
    // A float too large for the type becomes its largest value.
    (needed.ceil() as u64).max(FEWEST).saturating_sub(of)
}

/// Returns mean and standard deviation; `None` of fewer than two values.
fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, (squares / (n - 1.0)).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_textbook() {
        let near = |found: f64, expect: f64| assert!((found - expect).abs() < 5e-4, "{found} is not {expect}");
        // Wilson's interval at 90 %, as R's `prop.test(70, 100, conf.level = 0.9, correct = FALSE)` gives it.
        let share = Estimate::share(70, 100, 0.1).unwrap();
        near(share.low, 0.6200);
        near(share.high, 0.7693);
        assert!(share.is_concluded());
        let none = Estimate::share(0, 10, 0.1).unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!(none.high > 0.2 && !none.is_concluded());
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let mean = Estimate::mean(&values, 5.0).unwrap();
        near(mean.value, 49.5);
        near(mean.high - mean.value, 1.644_85 * 2.901_149);
        near(Estimate::deviation(&values, 0.2).unwrap().value, 29.011_49);
    }

    #[test]
    fn too_few_observations_say_how_many_more_it_takes() {
        let check = |estimate: Option<Estimate>, expect: Option<u64>| {
            assert_eq!(estimate.map(|estimate| estimate.further), expect, "{estimate:?}");
        };
        check(Estimate::share(0, 0, 0.1), None);
        check(Estimate::share(5, 10, 0.1), Some(58));
        check(Estimate::share(50, 100, 0.1), Some(0));
        check(Estimate::mean(&[1.0], 0.1), None);
        check(Estimate::mean(&[1.0, 1.0], 0.1), Some(18));
        check(Estimate::waiting(&[1.0; 30], 0.2), Some(38));
    }
}
