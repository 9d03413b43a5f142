//! Mean reversion after the case study. The signal is the distance of a market's price from its slow average, in
//! standard deviations.
//!
//! The strategy buys below the average and sells above it, three to fourteen days before the event, and exits when the
//! price is back. Each row is decided as if it came alone, at the same cost on day 1 and day 240. Only prices matter,
//! so it asks for no feedback, and the host may show it many polls at once.
//!
//! Every choice of the case study is a parameter; [`MeanReversionParameters`] documents the decision wherever its text
//! and code differ. (Its `min_spread` is not part of the signal: the host has that limit.)

mod lines;
mod market;
mod parameters;
mod segment;
mod state;
mod window;

use strategy_sdk::time::{DAY, Duration, HOUR, MILLISECOND, Timestamp, hours};
use strategy_sdk::{About, Action, Batch, Decisions, Market, Row, Signal, Strategy, about};

use crate::market::{MarketState, PositionSide, Schedule};
pub use crate::parameters::MeanReversionParameters;
pub use crate::segment::Decay;
pub use crate::window::{Window, WindowSummary, nanos_from_doubled_dollars};

strategy_sdk::export!(MeanReversion, stateful, charted);

/// The mean-reversion strategy.
#[derive(Clone, Debug)]
pub struct MeanReversion {
    parameters: MeanReversionParameters,
    scoring: Scoring,
    /// Indexed by market id; none for a market that is over, or that was never listed.
    markets: Vec<Option<Box<MarketState>>>,
    /// Time of the next search for ended markets: midnight UTC.
    next_sweep: Timestamp,
}

/// The parameters that the score of a row needs, converted once to the units of the window.
#[derive(Clone, Copy, Debug)]
struct Scoring {
    decay: Decay,
    min_history_ms: i64,
    min_points: u32,
    /// Smallest variance, in square nano-dollars.
    min_variance: f64,
    threshold: f64,
}

impl Strategy for MeanReversion {
    type Parameters = MeanReversionParameters;

    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        // A full window at one poll per 30 s, so that a restarted strategy scores like one that never stopped.
        10_000 * HOUR / 120
    }

    fn new(parameters: MeanReversionParameters, poll_interval: Duration) -> Result<MeanReversion, String> {
        let scoring = Scoring::new(&parameters, poll_interval)?;
        if parameters.exit_distance >= parameters.threshold {
            return Err(format!(
                "exit_distance is {} and threshold {}: an exit has to come before the opposite entry, so lower the \
                 first",
                parameters.exit_distance, parameters.threshold
            ));
        }
        Ok(MeanReversion { parameters, scoring, markets: Vec::new(), next_sweep: i64::MIN })
    }

    fn on_market(&mut self, market: &Market) {
        let schedule = Schedule::new(&self.parameters, market.event_time, market.closes);
        let id = market.id as usize;
        if id >= self.markets.len() {
            self.markets.resize_with(id + 1, || None);
        }
        let state = self.markets[id].get_or_insert_with(|| Box::new(MarketState::new(&self.parameters)));
        state.schedule = schedule;
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        batch.markets.iter().for_each(|market| self.on_market(market));
        // A local copy: the compiler can keep it in registers, because no row can change it.
        let scoring = self.scoring;
        let (mut time, mut time_ms) = (Timestamp::MIN, 0);
        let signals = &mut decisions.signals;
        let next = |row: Row| {
            if row.time != time {
                (time, time_ms) = (row.time, row.time.div_euclid(MILLISECOND));
                if time >= self.next_sweep {
                    self.sweep(time);
                }
            }
            self.score(&scoring, row, time_ms, signals)
        };
        decisions.scores.extend(batch.quotes.rows().map(next));
        Ok(())
    }
}

impl MeanReversion {
    /// Returns the size of the state of market `id`, in bytes.
    pub fn market_bytes(&self, id: u32) -> usize {
        let state = self.markets.get(id as usize).and_then(Option::as_ref);
        state.map_or(0, |state| size_of::<MarketState>() - size_of::<Window>() + state.window.bytes())
    }

    /// Returns the score of a row, NaN if undefined, and pushes the signal that it leads to. The score does not depend
    /// on schedule or position.
    #[inline]
    fn score(&mut self, scoring: &Scoring, row: Row, time_ms: i64, signals: &mut Vec<Signal>) -> f64 {
        let Some(Some(state)) = self.markets.get_mut(row.market as usize) else { return f64::NAN };
        let mut doubled_mid = row.bid + row.ask;
        if !is_price(doubled_mid) {
            doubled_mid = row.last + row.last;
        }
        let (mut score, mut deviation) = (f64::NAN, f64::NAN);
        if is_price(doubled_mid) && (state.window.count() > 0 || !state.schedule.is_over(row.time)) {
            let summary = state.window.push(&scoring.decay, nanos_from_doubled_dollars(doubled_mid), time_ms);
            if scoring.is_defined(&summary) {
                deviation = summary.deviation;
                score = deviation / summary.variance.sqrt();
            }
        }
        if (score.abs() > scoring.threshold) | (state.held != PositionSide::Flat) {
            let held = state.held;
            if let Some(action) = state.decide(&self.parameters, row.time, score) {
                let inputs = SignalInputs { score, mid: doubled_mid / 2.0, deviation: deviation / 1e9 };
                signals.push(inputs.signal(action, row.index, row.bid, row.ask, state.held != held));
            }
        }
        score
    }

    /// Frees the states of markets that have ended, and the windows of those that had no row for longer than a window
    /// can span.
    #[cold]
    fn sweep(&mut self, time: Timestamp) {
        for slot in &mut self.markets {
            let Some(state) = slot else { continue };
            if state.schedule.is_over(time) {
                *slot = None;
                continue;
            }
            let silent_ms = time.div_euclid(MILLISECOND).saturating_sub(state.window.last_ms());
            if state.window.count() > 0 && silent_ms > i64::from(u32::MAX) {
                state.window = Window::new(self.parameters.window_points as u32);
            }
        }
        self.next_sweep = (time.div_euclid(DAY) + 1).saturating_mul(DAY);
    }
}

/// Returns true if half of `doubled` is a price between 0 and 1. NaN, which stands for a missing side, is none.
#[inline]
fn is_price(doubled: f64) -> bool {
    // One comparison instead of two.
    (doubled - 1.0).abs() < 1.0
}

impl Scoring {
    fn new(parameters: &MeanReversionParameters, poll_interval: Duration) -> Result<Scoring, String> {
        let polls_per_hour = HOUR as f64 / poll_interval as f64;
        let span_polls = parameters.ema_span_hours * polls_per_hour;
        if span_polls < 1.0 {
            return Err(format!(
                "ema_span_hours is {}, less than one poll interval: raise it, or poll more often",
                parameters.ema_span_hours
            ));
        }
        if parameters.min_points > parameters.window_points {
            return Err(format!(
                "min_points is {} but window_points {}: there would never be a score, so lower the first",
                parameters.min_points, parameters.window_points
            ));
        }
        let window_hours = (parameters.window_points - 1) as f64 / polls_per_hour;
        if window_hours < parameters.min_history_hours {
            return Err(format!(
                "{} window_points span {window_hours:.1} h at this poll interval, but min_history_hours is {}: there \
                 would never be a score, so raise the first or lower the second",
                parameters.window_points, parameters.min_history_hours
            ));
        }
        Ok(Scoring {
            decay: Decay::new(2.0 / (span_polls + 1.0)),
            min_history_ms: hours(parameters.min_history_hours) / MILLISECOND,
            min_points: parameters.min_points as u32,
            min_variance: (parameters.min_deviation * 1e9).powi(2),
            threshold: parameters.threshold,
        })
    }

    /// Returns true if there is enough history and movement for a score: (mid - EMA) / standard deviation.
    #[inline]
    fn is_defined(&self, summary: &WindowSummary) -> bool {
        // `&` instead of `&&` makes three comparisons and one branch.
        (summary.variance >= self.min_variance)
            & (summary.span_ms >= self.min_history_ms)
            & (summary.count >= self.min_points)
    }
}

/// The figures that a signal is made from; prices in dollars.
struct SignalInputs {
    score: f64,
    mid: f64,
    deviation: f64,
}

impl SignalInputs {
    /// Returns the signal for `action`. Only a signal in a new direction carries figures for the journal: on every
    /// repeat they would cost more than the score itself, and the score column repeats them anyway.
    fn signal(&self, action: Action, row: u32, bid: f64, ask: f64, is_new: bool) -> Signal {
        let SignalInputs { score, mid, deviation } = *self;
        let or_mid = |side: f64| Some(if side.is_nan() { mid } else { side });
        let (price, confidence) = match action {
            Action::Buy => (or_mid(bid), (score.abs() / 3.0).min(1.0)),
            Action::Sell => (or_mid(ask), (score.abs() / 3.0).min(1.0)),
            Action::Exit => (None, 1.0),
        };
        let metadata = if is_new && !score.is_nan() {
            vec![("signal_value".into(), score), ("ema".into(), mid - deviation), ("deviation".into(), deviation)]
        } else {
            Vec::new()
        };
        Signal { row, action, price, confidence, metadata }
    }
}
