//! One generated world, and what a strategy would have met in it.

use host_core::{PublicTrades, Quotes, Side, Span};
use host_sim::fill::FillModel;
use host_sim::generator::{Generator, GeneratorSettings};

use crate::figures::{DAY, Figures, is_middling, mean};
use crate::probes::{Probe, Probes};
use crate::strategy::{ScoreSample, THRESHOLD};
use crate::trader::{TradeFigures, Trader};

/// The strategy is shown this much before it trades.
const WARM_UP: Span = Span::days(4);

/// A world, and what came of it.
pub struct World {
    pub figures: Figures,
    samples: Vec<ScoreSample>,
    probes: Vec<Probe>,
    pub touch: TradeFigures,
    pub queue: TradeFigures,
}

impl World {
    pub fn run(settings: GeneratorSettings) -> World {
        let mut generator = Generator::new(settings);
        let mut figures = Figures::new(generator.markets());
        let start = settings.start + WARM_UP;
        let [mut trader, mut queuing] = [FillModel::Touch, FillModel::Queue]
            .map(|model| Trader::new(generator.markets(), generator.settlements(), start, model));
        let mut probes = Probes::new();
        let mut samples = Vec::new();
        let (mut quotes, mut trades) = (Quotes::default(), PublicTrades::default());
        while generator.next_batch_with_trades(&mut quotes, &mut trades) {
            figures.batch(quotes.all());
            probes.batch(quotes.all());
            trader.batch(quotes.all(), &trades);
            queuing.batch(quotes.all(), &trades);
            samples.extend(trader.take_samples());
        }
        World { figures, samples, probes: probes.probes, touch: trader.figures(), queue: queuing.figures() }
    }

    /// Returns the share of a large deviation from the average that is gone after `hours`, in tight books: the mean
    /// move of the mid towards the average relative to the mean deviation.
    pub fn reversal(&self, hours: i64) -> f64 {
        let moves = self.samples.iter().filter(|sample| sample.score.abs() > THRESHOLD).filter_map(|sample| {
            let path = &self.figures.paths[sample.market as usize];
            let from = path.tight(sample.time).filter(|mid| is_middling(*mid))?;
            let to = path.tight(sample.time + Span::hours(hours).0)?;
            Some((-sample.score.signum() * (to - from), sample.off.abs()))
        });
        let (moved, off) = moves.fold((0.0, 0.0), |(moved, off), (a, b)| (moved + a, off + b));
        moved / off
    }

    /// Returns the mean worth of a fill of a probe, in cents, `after` its fill.
    pub fn markout(&self, after: Span) -> f64 {
        mean(self.probes.iter().filter_map(|probe| self.worth(probe, after)))
    }

    /// Returns the same of the probes that the strategy would have placed as entries.
    pub fn markout_with_signal(&self, after: Span) -> f64 {
        mean(self.probes.iter().filter(|probe| self.is_wished(probe)).filter_map(|probe| self.worth(probe, after)))
    }

    /// Returns the share of the probes that the market reached.
    pub fn touched(&self) -> f64 {
        mean(self.probes.iter().map(|probe| f64::from(probe.filled.is_some())))
    }

    /// Returns the mid less the limit `after` the fill, or the reverse for a sell, if there was a fill and a mid.
    fn worth(&self, probe: &Probe, after: Span) -> Option<f64> {
        let mid = self.figures.paths[probe.market as usize].mid(probe.filled? + after.0)?;
        Some(if probe.side == Side::Buy { mid - probe.limit } else { probe.limit - mid })
    }

    fn is_wished(&self, probe: &Probe) -> bool {
        let key = |sample: &ScoreSample| (sample.time, sample.market);
        let found = self.samples.binary_search_by_key(&(probe.placed, probe.market), key);
        found.is_ok_and(|index| {
            let sample = &self.samples[index];
            let side = if sample.score < 0.0 { Side::Buy } else { Side::Sell };
            sample.in_season && sample.score.abs() > THRESHOLD && side == probe.side
        })
    }

    /// Returns the deviation of a mid's change over `polls` polls, in cents.
    pub fn deviation(&self, polls: usize) -> f64 {
        self.figures.variance(polls).sqrt()
    }

    /// Returns the variance ratio over `days` against five minutes.
    pub fn daily_variance_ratio(&self, days: usize) -> f64 {
        self.figures.variance_ratio(days * DAY)
    }
}
