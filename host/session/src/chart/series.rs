//! The samples of all lines in one market, in bounded memory: where there is no more room, every other one is dropped.

use host_core::Span;

/// Shortest time between two samples of a market.
pub const INTERVAL: Span = Span::minutes(5);
/// Largest number of samples of a market: more than a chart is wide enough for.
const MOST_SAMPLES: usize = 512;

/// The samples of one market.
#[derive(Clone, Debug)]
pub struct Series {
    /// Time between two samples, in nanoseconds: [`INTERVAL`], doubled whenever there is no more room.
    interval: i64,
    /// The next sample is taken from this time on.
    due: i64,
    times: Vec<i64>,
    /// The values of all lines at the first time, then at the second, and so on.
    values: Vec<f64>,
    /// Number of lines.
    lines: usize,
}

impl Series {
    pub fn new(lines: usize) -> Series {
        Series { interval: INTERVAL.0, due: i64::MIN, times: Vec::new(), values: Vec::new(), lines }
    }

    /// Returns true if a sample is to be taken at `time`.
    pub fn is_due(&self, time: i64) -> bool {
        time >= self.due
    }

    /// Adds the values of all lines at `time`; not if no line has one.
    pub fn push(&mut self, time: i64, values: &[f64]) {
        self.wait_from(time);
        if values.iter().all(|value| value.is_nan()) {
            return;
        }
        self.times.push(time);
        self.values.extend_from_slice(values);
        if self.times.len() >= MOST_SAMPLES {
            self.thin();
            self.interval *= 2;
            self.wait_from(time);
        }
    }

    /// Returns the time of each sample, in nanoseconds, with the values of all lines.
    pub fn samples(&self) -> impl Iterator<Item = (i64, &[f64])> {
        self.times.iter().copied().zip(self.values.chunks_exact(self.lines.max(1)))
    }

    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Waits for the next multiple of the interval: then it does not matter how rows came in batches.
    fn wait_from(&mut self, time: i64) {
        self.due = (time.div_euclid(self.interval) + 1).saturating_mul(self.interval);
    }

    fn thin(&mut self) {
        let kept = (0..self.times.len()).step_by(2);
        let values = kept.clone().flat_map(|place| &self.values[place * self.lines..(place + 1) * self.lines]);
        self.values = values.copied().collect();
        self.times = kept.map(|place| self.times[place]).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_coarser_instead_of_larger() {
        let mut series = Series::new(2);
        let minute = Span::minutes(1).0;
        for time in (0..30 * 24 * 60).map(|number| number * minute) {
            if series.is_due(time) {
                series.push(time, &[time as f64, f64::NAN]);
            }
        }
        let samples: Vec<_> = series.samples().collect();
        assert!((MOST_SAMPLES / 2..MOST_SAMPLES).contains(&samples.len()), "{}", samples.len());
        assert!(samples.iter().all(|(time, values)| values[0] == *time as f64 && values[1].is_nan()));
        let apart: Vec<i64> = samples.windows(2).map(|pair| (pair[1].0 - pair[0].0) / minute).collect();
        assert!(apart.iter().all(|&minutes| minutes == 160), "{apart:?}");
        assert!(samples[0].0 == 0 && samples[samples.len() - 1].0 > 29 * 24 * 60 * minute);
    }

    #[test]
    fn a_sample_without_any_value_is_left_out() {
        let mut series = Series::new(1);
        series.push(0, &[f64::NAN]);
        assert!(series.is_empty() && !series.is_due(1) && series.is_due(INTERVAL.0));
    }
}
