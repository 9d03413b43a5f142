//! The lines for charts: the average that a price is measured from, and the band whose ends an entry lies beyond.

use strategy_sdk::{BAND_HIGH, BAND_LOW, Charted, FAIR_VALUE};

use crate::MeanReversion;

impl Charted for MeanReversion {
    const LINES: &'static [&'static str] = &[FAIR_VALUE, BAND_LOW, BAND_HIGH];

    fn lines(&self, market: u32, values: &mut [f64]) {
        let Some(Some(state)) = self.markets.get(market as usize) else { return };
        let Some(summary) = state.window.summary().filter(|summary| self.scoring.is_defined(summary)) else { return };
        let average = f64::from(state.window.last()) - summary.deviation;
        let reach = self.scoring.threshold * summary.variance.sqrt();
        for (value, nanos) in values.iter_mut().zip([average, average - reach, average + reach]) {
            *value = nanos / 1e9;
        }
    }
}
