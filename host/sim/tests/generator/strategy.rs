//! The default strategy, mean reversion after the case study, written down once more: the tests of this crate must not
//! need a compiler for WebAssembly.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;

use host_core::{Batch, Decisions, Fault, Manifest, Market, Signal, SignalAction, Span, Strategy, Timestamp};

/// Weight of a new price in the average over 48 h of polls every 30 s.
const ALPHA: f64 = 2.0 / (48.0 * 120.0 + 1.0);
/// Points in the window, and those that span the 72 h needed for a score.
const WINDOW: usize = 10_000;
const HISTORY: usize = 72 * 120;
/// Smallest deviation with a score, in dollars.
const LEAST_DEVIATION: f64 = 0.001;
/// Deviations from the average beyond which the strategy enters.
pub const THRESHOLD: f64 = 1.5;
/// Days before the event between which it enters; later it closes what it has.
const ENTERS: (i64, i64) = (14, 3);
/// Every row whose time is a multiple of this is sampled.
const SAMPLED: i64 = Span::minutes(5).0;

/// The score of one row.
#[derive(Clone, Copy, Debug)]
pub struct ScoreSample {
    pub market: u32,
    pub time: i64,
    pub score: f64,
    /// Distance of the price from its average, in cents.
    pub off: f64,
    /// True if the strategy may enter at this time.
    pub in_season: bool,
}

/// Mean reversion as the engine's [`Strategy`], which sends samples of its scores.
pub struct Reversion {
    manifest: Manifest,
    markets: Vec<Followed>,
    samples: Sender<ScoreSample>,
}

/// The state of one market.
#[derive(Default)]
struct Followed {
    event: Option<Timestamp>,
    average: Option<f64>,
    offs: VecDeque<f64>,
    sum: f64,
    squares: f64,
    /// 1 after a signal to buy, -1 after one to sell, 0 after an exit.
    side: f64,
}

impl Reversion {
    pub fn new(samples: Sender<ScoreSample>) -> Reversion {
        let manifest = Manifest {
            name: "reversion".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Buys below the average, sells above it.".to_owned(),
            parameters: Vec::new(),
            warm_up: Span::hours(83),
            feedback: false,
        };
        Reversion { manifest, markets: Vec::new(), samples }
    }
}

impl Strategy for Reversion {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let Reversion { markets, samples, .. } = self;
        for Market { id, event_time, .. } in batch.markets {
            markets.resize_with(markets.len().max(id.index() + 1), Followed::default);
            markets[id.index()].event = *event_time;
        }
        for row in 0..batch.quotes.len() {
            let (id, time) = (batch.quotes.market[row], batch.quotes.time[row]);
            let market = &mut markets[id as usize];
            let mid = (batch.quotes.bid[row] + batch.quotes.ask[row]) / 2.0;
            let price = if mid.is_nan() { batch.quotes.last[row] } else { mid };
            let scored = if price.is_nan() { None } else { market.score(price) };
            let score = scored.map_or(f64::NAN, |(score, _)| score);
            decisions.scores.push(score);
            let in_season = market.may_enter(Timestamp(time));
            if let Some((score, off)) = scored.filter(|_| time % SAMPLED == 0) {
                let _ = samples.send(ScoreSample { market: id, time, score, off: 100.0 * off, in_season });
            }
            if let Some(action) = market.decide(Timestamp(time), score) {
                let confidence = if action == SignalAction::Exit { 1.0 } else { (score.abs() / 3.0).min(1.0) };
                decisions.signals.push(Signal {
                    row: row as u32,
                    action,
                    price: None,
                    confidence,
                    metadata: Vec::new(),
                });
            }
        }
        Ok(())
    }
}

impl Followed {
    /// Takes in a price. Returns its distance from the average in standard deviations and in dollars, after enough
    /// history.
    fn score(&mut self, price: f64) -> Option<(f64, f64)> {
        let average = self.average.map_or(price, |average| average + ALPHA * (price - average));
        self.average = Some(average);
        let off = price - average;
        self.offs.push_back(off);
        (self.sum, self.squares) = (self.sum + off, self.squares + off * off);
        if self.offs.len() > WINDOW {
            let old = self.offs.pop_front()?;
            (self.sum, self.squares) = (self.sum - old, self.squares - old * old);
        }
        if self.offs.len() < HISTORY {
            return None;
        }
        let count = self.offs.len() as f64;
        let deviation = (self.squares / count - (self.sum / count).powi(2)).max(0.0).sqrt();
        (deviation >= LEAST_DEVIATION).then(|| (off / deviation, off))
    }

    fn days_ahead(&self, time: Timestamp) -> f64 {
        self.event.map_or(0.0, |event| (event - time).as_seconds() / 86_400.0)
    }

    fn may_enter(&self, time: Timestamp) -> bool {
        (ENTERS.1 as f64..=ENTERS.0 as f64).contains(&self.days_ahead(time))
    }

    fn decide(&mut self, time: Timestamp, score: f64) -> Option<SignalAction> {
        if self.side != 0.0 && (self.days_ahead(time) < ENTERS.1 as f64 || score * self.side >= 0.0) {
            self.side = 0.0;
            return Some(SignalAction::Exit);
        }
        if score.abs() > THRESHOLD && self.may_enter(time) {
            self.side = -score.signum();
            return Some(if score < 0.0 { SignalAction::Buy } else { SignalAction::Sell });
        }
        None
    }
}
