//! The volume of the last 24 hours, from volumes of single rows or running totals.

use std::collections::VecDeque;

use host_core::{MarketId, Span, Timestamp};

use super::options::VolumeMeaning;

/// Volumes are kept by this time, so that a market takes the memory of a day of them, however many rows it has.
const STEP: Span = Span::minutes(1);

/// Reckons the volumes of all markets, whose rows come in the order of time.
#[derive(Debug, Default)]
pub(super) struct DayVolumes {
    markets: Vec<MarketVolumes>,
}

#[derive(Clone, Debug, Default)]
struct MarketVolumes {
    /// Start of the step, and the contracts traded in it.
    steps: VecDeque<(i64, f64)>,
    /// Sum of the steps.
    sum: f64,
    /// The running total of the last row.
    total: Option<f64>,
}

impl DayVolumes {
    /// Returns the volume of the 24 hours up to `time` in `market`, whose row states `volume`. A running total counts
    /// from its first row on, and anew if it falls.
    pub(super) fn of(&mut self, market: MarketId, time: Timestamp, volume: f64, meaning: VolumeMeaning) -> f64 {
        if meaning == VolumeMeaning::Day {
            return volume;
        }
        if self.markets.len() <= market.index() {
            self.markets.resize(market.index() + 1, MarketVolumes::default());
        }
        let known = &mut self.markets[market.index()];
        let traded = match (meaning, known.total) {
            _ if volume.is_nan() => 0.0,
            (VolumeMeaning::Total, before) => {
                known.total = Some(volume);
                before.map_or(0.0, |before| (volume - before).max(0.0))
            }
            _ => volume,
        };
        let step = time.0.div_euclid(STEP.0);
        if traded > 0.0 {
            match known.steps.back_mut() {
                Some((last, sum)) if *last == step => *sum += traded,
                _ => known.steps.push_back((step, traded)),
            }
            known.sum += traded;
        }
        while known.steps.front().is_some_and(|(first, _)| (step - first) * STEP.0 >= Span::DAY.0) {
            known.sum -= known.steps.pop_front().map_or(0.0, |(_, traded)| traded);
        }
        if known.steps.is_empty() {
            known.sum = 0.0;
        }
        if volume.is_nan() && known.total.is_none() && meaning == VolumeMeaning::Total { f64::NAN } else { known.sum }
    }
}
