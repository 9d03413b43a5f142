//! Two dates of one recurring event: when the near market is rich against the far one, sell the near and buy the far;
//! when it is cheap, the other way round; leave when the spread is back at its slow average.
//!
//! What moves both markets alike cancels out, so this holds through news that a single-market signal trips over. It
//! must decide each row as if it came alone, from prices only. A poll's row of the leg that comes first acts on the
//! pair's last whole poll; the row that completes the pair measures the spread, acts on it, and carries the score.
//! The two legs are separate orders: one may fill without the other, which the host's limits see and this does not.

mod pairing;
mod spread;

use strategy_sdk::time::{Duration, HOUR, Timestamp, days, hours};
use strategy_sdk::{About, Action, Market, Row, Signal, Strategy, about, parameters};

use crate::pairing::Pairing;
use crate::spread::Spread;

strategy_sdk::export!(CalendarSpread);

parameters! {
    /// What can be set.
    pub struct Parameters {
        /// Span of the spread's moving average and deviation, in hours.
        mean_span_hours: f64 = 24.0, in 0.1..=1000.0;
        /// Enter when the spread is further than this from its average, in standard deviations.
        threshold: f64 = 2.0, in 0.1..=100.0;
        /// Exit when it has come back and gone this far beyond, in standard deviations.
        exit_distance: f64 = 0.0, in 0.0..=100.0;
        /// No score before a pair has been seen for this many hours.
        min_history_hours: f64 = 48.0, in 0.0..=10000.0;
        /// No score while the standard deviation of the spread is below this, in dollars.
        min_deviation: f64 = 0.002, in 0.0001..=1.0;
        /// Leave both legs, and enter none, in the last days before the near event: then the near price goes to 0 or
        /// 1 for reasons of its own.
        event_blackout_days: f64 = 2.0, in 0.0..=1000.0;
    }
}

/// The strategy.
#[derive(Clone, Debug)]
pub struct CalendarSpread {
    parameters: Parameters,
    alpha: f64,
    pairing: Pairing,
    pairs: Vec<Pair>,
}

/// Which way a pair, or one leg of it, was last signalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Long,
    Short,
}

impl Held {
    fn opposite(self) -> Held {
        match self {
            Held::Nothing => Held::Nothing,
            Held::Long => Held::Short,
            Held::Short => Held::Long,
        }
    }
}

/// One market of a pair.
#[derive(Clone, Copy, Debug)]
struct Leg {
    event_time: Timestamp,
    mid: f64,
    time: Timestamp,
    held: Held,
}

/// Two markets of one series whose events are at different times. The near leg is the first.
#[derive(Clone, Debug)]
struct Pair {
    legs: [Leg; 2],
    spread: Spread,
    /// Of the last whole poll; NaN where undefined.
    score: f64,
    /// What the near leg should be.
    stance: Held,
}

impl Strategy for CalendarSpread {
    type Parameters = Parameters;

    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        72 * HOUR
    }

    fn new(parameters: Parameters, poll_interval: Duration) -> Result<CalendarSpread, String> {
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
            let leg = |event_time| Leg { event_time, mid: f64::NAN, time: 0, held: Held::Nothing };
            let legs = [leg(partner_event_time), leg(event_time)];
            self.pairs.push(Pair { legs, spread: Spread::default(), score: f64::NAN, stance: Held::Nothing });
        }
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let Some((pair, leg)) = self.pairing.place_of(row.market) else { return f64::NAN };
        let pair = &mut self.pairs[pair];
        let Some(mid) = row.mid() else { return f64::NAN };
        (pair.legs[leg].mid, pair.legs[leg].time) = (mid, row.time);
        let is_whole = pair.legs[1 - leg].time == row.time && !pair.legs[1 - leg].mid.is_nan();
        if is_whole {
            pair.measure(&self.parameters, self.alpha, row.time);
        }
        pair.decide(&self.parameters, row.time);
        signals.extend(pair.signal(&self.parameters, leg, row));
        if is_whole { pair.score } else { f64::NAN }
    }
}

impl Pair {
    /// The leg whose event comes first.
    fn near(&self) -> usize {
        usize::from(self.legs[1].event_time < self.legs[0].event_time)
    }

    /// Near less far, against what it was before, then learnt from.
    fn measure(&mut self, parameters: &Parameters, alpha: f64, time: Timestamp) {
        let near = self.near();
        let spread = self.legs[near].mid - self.legs[1 - near].mid;
        let is_known = self.spread.age(time) >= hours(parameters.min_history_hours);
        let is_moving = self.spread.deviation() >= parameters.min_deviation;
        self.score = if is_known && is_moving { self.spread.score(spread) } else { f64::NAN };
        self.spread.learn(spread, alpha, time);
    }

    fn decide(&mut self, parameters: &Parameters, time: Timestamp) {
        let gain = match self.stance {
            Held::Nothing => f64::NAN,
            Held::Long => self.score,
            Held::Short => -self.score,
        };
        let event = self.legs[self.near()].event_time;
        if time > event.saturating_sub(days(parameters.event_blackout_days)) || gain >= parameters.exit_distance {
            self.stance = Held::Nothing;
        } else if self.score > parameters.threshold {
            self.stance = Held::Short;
        } else if self.score < -parameters.threshold {
            self.stance = Held::Long;
        }
    }

    /// Brings one leg to what the stance asks of it. An entry is asked for again while the spread justifies it, which
    /// the host ignores while it holds the position or works the order.
    fn signal(&mut self, parameters: &Parameters, leg: usize, row: &Row) -> Option<Signal> {
        let wanted = if leg == self.near() { self.stance } else { self.stance.opposite() };
        let held = self.legs[leg].held;
        let is_new = held != wanted;
        if !is_new && (held == Held::Nothing || self.score.abs() <= parameters.threshold || self.score.is_nan()) {
            return None;
        }
        // From one side to the other by way of nothing: the host closes before it opens.
        let next = if is_new && held != Held::Nothing { Held::Nothing } else { wanted };
        self.legs[leg].held = next;
        let entry_confidence = (self.score.abs() / (2.0 * parameters.threshold)).min(1.0);
        let (action, price, confidence) = match next {
            Held::Nothing => (Action::Exit, None, 1.0),
            Held::Long => (Action::Buy, row.bid(), entry_confidence),
            Held::Short => (Action::Sell, row.ask(), entry_confidence),
        };
        let figures = [("signal_value", self.score), ("spread_mean", self.spread.mean())];
        let known = figures.into_iter().filter(|(_, figure)| is_new && figure.is_finite());
        let metadata = known.map(|(name, figure)| (name.to_owned(), figure)).collect();
        Some(Signal { row: row.index, action, price, confidence, metadata })
    }
}
