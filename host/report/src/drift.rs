//! Drift: a test of whether two sets of figures come from one distribution.

use serde::{Deserialize, Serialize};

/// Fewest figures on each side: below that, the threshold of large samples does not hold.
const FEWEST: usize = 20;
/// The 5 % point of the Kolmogorov distribution: sqrt(-ln(0.05 / 2) / 2).
const FIVE_PERCENT: f64 = 1.358_101_527_213_788;

/// The two-sample Kolmogorov-Smirnov test: the largest distance of the two cumulative shares, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub statistic: f64,
    /// The distance that two samples of one distribution exceed in 5 % of cases: 1.358 x sqrt((n + m) / (n x m)).
    pub threshold: f64,
    /// Sizes of the two sets.
    pub first: u64,
    pub second: u64,
}

impl Drift {
    /// Compares two sets of finite figures; `None` with fewer than 20 on a side.
    pub fn of(first: &[f64], second: &[f64]) -> Option<Drift> {
        if first.len().min(second.len()) < FEWEST {
            return None;
        }
        let sorted = |figures: &[f64]| {
            let mut sorted = figures.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted
        };
        let (one, other) = (sorted(first), sorted(second));
        let (n, m) = (one.len() as f64, other.len() as f64);
        let (mut i, mut j, mut statistic) = (0, 0, 0.0_f64);
        while i < one.len() && j < other.len() {
            let figure = one[i].min(other[j]);
            i += one[i..].iter().take_while(|own| **own <= figure).count();
            j += other[j..].iter().take_while(|own| **own <= figure).count();
            statistic = statistic.max((i as f64 / n - j as f64 / m).abs());
        }
        let threshold = FIVE_PERCENT * ((n + m) / (n * m)).sqrt();
        Some(Drift { statistic, threshold, first: one.len() as u64, second: other.len() as u64 })
    }

    /// Returns true if the two differ by more than chance explains.
    pub fn is_beyond(&self) -> bool {
        self.statistic > self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_and_threshold_are_those_worked_out_by_hand() {
        // 0, 1, .., 19 against 5, 6, .., 24: five of twenty lie below all of the others.
        let (one, other): (Vec<f64>, Vec<f64>) = (0..20).map(|at| (f64::from(at), f64::from(at + 5))).unzip();
        let drift = Drift::of(&one, &other).expect("enough figures");
        assert!((drift.statistic - 0.25).abs() < 1e-12 && (drift.threshold - 0.429_469_4).abs() < 1e-6, "{drift:?}");
        assert!(!drift.is_beyond());
        let far: Vec<f64> = one.iter().map(|figure| figure + 100.0).collect();
        let drift = Drift::of(&one, &far).expect("enough figures");
        assert!(drift.is_beyond() && (drift.statistic - 1.0).abs() < 1e-12, "{drift:?}");
        assert_eq!(Drift::of(&one[..19], &other), None);
        assert_eq!(Drift::of(&[0.5; 30], &[0.5; 40]).map(|drift| drift.statistic), Some(0.0));
    }
}
