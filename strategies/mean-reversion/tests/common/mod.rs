//! The case study's code, transcribed literally: the reference for the constant-cost window.

use std::collections::VecDeque;

/// `MeanReversionSignal.__call__` up to `signal_value`, recomputed over the whole window at every update. Prices are in
/// dollars.
#[derive(Debug)]
pub struct Literal {
    pub alpha: f64,
    pub capacity: usize,
    pub min_points: usize,
    pub min_history_hours: f64,
    pub min_deviation: f64,
    pub prices: VecDeque<(i64, f64)>,
}

impl Literal {
    /// Returns the signal with the case study's values; its `polls_per_hour` is 120.
    pub fn new(ema_span_hours: f64, polls_per_hour: f64) -> Literal {
        Literal {
            alpha: 2.0 / (ema_span_hours * polls_per_hour + 1.0),
            capacity: 10_000,
            min_points: 100,
            min_history_hours: 72.0,
            min_deviation: 0.001,
            prices: VecDeque::new(),
        }
    }

    pub fn push(&mut self, time: i64, mid: f64) {
        if self.prices.len() == self.capacity {
            self.prices.pop_front();
        }
        self.prices.push_back((time, mid));
    }

    /// Returns `signal_value` after the last push; `None` where the code returns before computing it.
    pub fn score(&self) -> Option<f64> {
        let (first, (last, mid)) = (self.prices.front()?.0, *self.prices.back()?);
        let hours = (last - first) as f64 / 3.6e12;
        if self.prices.len() < self.min_points || hours < self.min_history_hours {
            return None;
        }
        let (ema, deviation) = self.ema_and_deviation();
        (deviation >= self.min_deviation).then(|| (mid - ema) / deviation)
    }

    /// Returns the results of `_calculate_ema` and of `np.std` of the deviations (population, two passes).
    pub fn ema_and_deviation(&self) -> (f64, f64) {
        let mut ema = self.prices[0].1;
        let mut deviations = Vec::with_capacity(self.prices.len());
        for (index, &(_, price)) in self.prices.iter().enumerate() {
            if index > 0 {
                ema = self.alpha * price + (1.0 - self.alpha) * ema;
            }
            deviations.push(price - ema);
        }
        let count = deviations.len() as f64;
        let mean = deviations.iter().sum::<f64>() / count;
        (ema, (deviations.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / count).sqrt())
    }
}
