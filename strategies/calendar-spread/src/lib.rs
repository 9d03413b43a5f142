//! A calendar spread: trades the price difference between two dates of one recurring event.
//!
//! When the near market is expensive relative to the far one, the strategy sells the near market and buys the far one;
//! when it is cheap, the other way round. It exits when the spread is back at its slow average. News that moves both
//! markets alike cancels out of the spread, while it would mislead a signal on a single market.
//!
//! Each row is decided as if it came alone, from prices only. A poll has one row per leg. The first one acts on the
//! spread of the pair's last complete poll; the second one completes the poll, so it measures the spread, acts on it
//! and carries the score. The two legs are separate orders, and one may fill without the other: the host's limits take
//! that into account, this strategy does not.

mod pairing;
mod spread;
mod state;

use strategy_sdk::time::{Duration, HOUR, Timestamp, days, hours};
use strategy_sdk::{About, Action, Market, Row, Signal, Strategy, about, parameters};

use crate::pairing::Pairing;
use crate::spread::Spread;

strategy_sdk::export!(CalendarSpread, stateful);

parameters! {
    /// The strategy's parameters.
    pub struct CalendarSpreadParameters {
        /// Span of the spread's moving average and deviation, in hours.
        mean_span_hours: f64 = 24.0, in 0.1..=1000.0;
        /// Enter when the spread is further than this from its average, in standard deviations.
        threshold: f64 = 2.0, in 0.1..=100.0;
        /// Exit when the spread has come back to its average and gone this far beyond, in standard deviations.
        exit_distance: f64 = 0.0, in 0.0..=100.0;
        /// No score before a pair has been watched for this many hours.
        min_history_hours: f64 = 48.0, in 0.0..=10000.0;
        /// No score while the standard deviation of the spread is below this, in dollars.
        min_deviation: f64 = 0.002, in 0.0001..=1.0;
        /// Exit both legs, and enter none, in this many days before the near event: the near price then moves to 0 or 1
        /// for reasons of its own.
        event_blackout_days: f64 = 2.0, in 0.0..=1000.0;
    }
}

/// The calendar-spread strategy.
#[derive(Clone, Debug)]
pub struct CalendarSpread {
    parameters: CalendarSpreadParameters,
    /// Weight of a new spread in the average.
    alpha: f64,
    pairing: Pairing,
    pairs: Vec<Pair>,
}

/// The position that the last signals of a pair, or of one leg, lead to. The strategy asks for no feedback, so this
/// stands for the real position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PositionSide {
    Flat,
    Long,
    Short,
}

impl PositionSide {
    fn opposite(self) -> PositionSide {
        match self {
            PositionSide::Flat => PositionSide::Flat,
            PositionSide::Long => PositionSide::Short,
            PositionSide::Short => PositionSide::Long,
        }
    }
}

/// One market of a pair.
#[derive(Clone, Copy, Debug)]
struct Leg {
    event_time: Timestamp,
    /// Last mid price, in dollars; NaN before the first.
    mid: f64,
    /// Time of the last mid price.
    time: Timestamp,
    held: PositionSide,
}

/// Two markets of one series whose events are at different times.
#[derive(Clone, Debug)]
struct Pair {
    /// In the order in which the markets were listed; [`Pair::near`] tells which one is near.
    legs: [Leg; 2],
    spread: Spread,
    /// Score of the last complete poll, in standard deviations; NaN if undefined.
    score: f64,
    /// The position to hold in the near leg; the far leg takes the opposite.
    target: PositionSide,
}

impl Strategy for CalendarSpread {
    type Parameters = CalendarSpreadParameters;

    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        72 * HOUR
    }

    fn new(parameters: CalendarSpreadParameters, poll_interval: Duration) -> Result<CalendarSpread, String> {
        let span_polls = parameters.mean_span_hours * HOUR as f64 / poll_interval as f64;
        if span_polls < 1.0 {
            return Err("mean_span_hours is less than one poll interval: raise it, or poll more often".into());
        }
        if parameters.exit_distance >= parameters.threshold {
            return Err("exit_distance must be below threshold: an exit comes before the opposite entry".into());
        }
        let alpha = 2.0 / (span_polls + 1.0);
        Ok(CalendarSpread { parameters, alpha, pairing: Pairing::default(), pairs: Vec::new() })
    }

    fn on_market(&mut self, market: &Market) {
        let Some(event_time) = market.event_time else { return };
        if let Some((pair, leg)) = self.pairing.place_of(market.id) {
            self.pairs[pair].legs[leg].event_time = event_time;
        } else if let Some(partner_event_time) = self.pairing.pair_up(market, event_time, self.pairs.len()) {
            let leg = |event_time| Leg { event_time, mid: f64::NAN, time: 0, held: PositionSide::Flat };
            let legs = [leg(partner_event_time), leg(event_time)];
            self.pairs.push(Pair { legs, spread: Spread::default(), score: f64::NAN, target: PositionSide::Flat });
        }
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let Some((pair, leg)) = self.pairing.place_of(row.market) else { return f64::NAN };
        let pair = &mut self.pairs[pair];
        let Some(mid) = row.mid() else { return f64::NAN };
        (pair.legs[leg].mid, pair.legs[leg].time) = (mid, row.time);
        let is_complete = pair.legs[1 - leg].time == row.time && !pair.legs[1 - leg].mid.is_nan();
        if is_complete {
            pair.measure(&self.parameters, self.alpha, row.time);
        }
        pair.decide(&self.parameters, row.time);
        signals.extend(pair.signal(&self.parameters, leg, row));
        if is_complete { pair.score } else { f64::NAN }
    }
}

impl Pair {
    /// Returns the index of the leg whose event comes first.
    fn near(&self) -> usize {
        usize::from(self.legs[1].event_time < self.legs[0].event_time)
    }

    /// Scores the current spread, near minus far, against its average so far, and then adds it to the average.
    fn measure(&mut self, parameters: &CalendarSpreadParameters, alpha: f64, time: Timestamp) {
        let near = self.near();
        let spread = self.legs[near].mid - self.legs[1 - near].mid;
        let is_known = self.spread.age(time) >= hours(parameters.min_history_hours);
        let is_moving = self.spread.deviation() >= parameters.min_deviation;
        self.score = if is_known && is_moving { self.spread.score(spread) } else { f64::NAN };
        self.spread.learn(spread, alpha, time);
    }

    /// Updates the target position from the score and the time to the near event.
    fn decide(&mut self, parameters: &CalendarSpreadParameters, time: Timestamp) {
        let gain = match self.target {
            PositionSide::Flat => f64::NAN,
            PositionSide::Long => self.score,
            PositionSide::Short => -self.score,
        };
        let event = self.legs[self.near()].event_time;
        if time > event.saturating_sub(days(parameters.event_blackout_days)) || gain >= parameters.exit_distance {
            self.target = PositionSide::Flat;
        } else if self.score > parameters.threshold {
            self.target = PositionSide::Short;
        } else if self.score < -parameters.threshold {
            self.target = PositionSide::Long;
        }
    }

    /// Returns the signal that brings one leg to its target. An entry is repeated while the spread justifies it; the
    /// host ignores repeats while it holds the position or works the order.
    fn signal(&mut self, parameters: &CalendarSpreadParameters, leg: usize, row: &Row) -> Option<Signal> {
        let wanted = if leg == self.near() { self.target } else { self.target.opposite() };
        let held = self.legs[leg].held;
        let is_new = held != wanted;
        if !is_new && (held == PositionSide::Flat || self.score.abs() <= parameters.threshold || self.score.is_nan()) {
            return None;
        }
        // From long to short, or back, by way of flat: the position is closed before the opposite one is opened.
        let next = if is_new && held != PositionSide::Flat { PositionSide::Flat } else { wanted };
        self.legs[leg].held = next;
        let entry_confidence = (self.score.abs() / (2.0 * parameters.threshold)).min(1.0);
        let (action, price, confidence) = match next {
            PositionSide::Flat => (Action::Exit, None, 1.0),
            PositionSide::Long => (Action::Buy, row.bid(), entry_confidence),
            PositionSide::Short => (Action::Sell, row.ask(), entry_confidence),
        };
        let figures = [("signal_value", self.score), ("spread_mean", self.spread.mean())];
        let known = figures.into_iter().filter(|(_, figure)| is_new && figure.is_finite());
        let metadata = known.map(|(name, figure)| (name.to_owned(), figure)).collect();
        Some(Signal { row: row.index, action, price, confidence, metadata })
    }
}
