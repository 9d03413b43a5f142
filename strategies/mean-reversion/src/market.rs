//! What is remembered of one market: its window, when it may be traded, and which way it was last signalled.

use strategy_sdk::Action;
use strategy_sdk::time::{DAY, Timestamp, days};

use crate::parameters::Parameters;
use crate::window::Window;

/// A market without a close is forgotten this long after its event.
const AFTER_EVENT: i64 = 7 * DAY;

/// Which way the last entry went that no exit has followed. Without feedback this stands for the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Flat,
    /// A buy.
    Long,
    /// A sell.
    Short,
}

/// When a market may be entered and must be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the underlying event happens.
    pub event: Option<Timestamp>,
    /// When trading closes.
    pub closes: Option<Timestamp>,
    entry_from: Timestamp,
    blackout_after: Timestamp,
    ends: Timestamp,
}

impl Schedule {
    /// The event falls back to the close. With neither: enter at any time, never ends.
    pub fn new(parameters: &Parameters, event: Option<Timestamp>, closes: Option<Timestamp>) -> Schedule {
        let before = |span| event.or(closes).map(|event| event.saturating_sub(days(span)));
        Schedule {
            event,
            closes,
            entry_from: before(parameters.max_days_to_event).unwrap_or(Timestamp::MIN),
            blackout_after: before(parameters.event_blackout_days).unwrap_or(Timestamp::MAX),
            ends: closes.or(event.map(|event| event.saturating_add(AFTER_EVENT))).unwrap_or(Timestamp::MAX),
        }
    }

    fn entry_allowed(&self, time: Timestamp) -> bool {
        (self.entry_from..=self.blackout_after).contains(&time)
    }

    /// Whether the market is over by `time`, so that what is remembered of it can go.
    pub fn is_over(&self, time: Timestamp) -> bool {
        self.ends < time
    }
}

/// One market's state.
#[derive(Clone, Debug)]
pub struct State {
    /// Its prices.
    pub window: Window,
    /// What its last signals amount to.
    pub held: Held,
    /// When it trades.
    pub schedule: Schedule,
}

impl State {
    /// Of a market that nothing is known of yet.
    pub fn new(parameters: &Parameters) -> State {
        State {
            window: Window::new(parameters.window_points as u32),
            held: Held::Flat,
            schedule: Schedule::new(parameters, None, None),
        }
    }

    /// What a row at `time` with `score` (NaN = none) asks for, at most one thing; an entry is asked for on every row
    /// that justifies it, which the host ignores while it holds the position or works the order.
    pub fn decide(&mut self, parameters: &Parameters, time: Timestamp, score: f64) -> Option<Action> {
        let gain = match self.held {
            Held::Flat => return self.enter(parameters, time, score),
            Held::Long => score,
            Held::Short => -score,
        };
        let flatten = parameters.flatten_at_blackout && time > self.schedule.blackout_after;
        if flatten || gain >= parameters.exit_distance {
            self.held = Held::Flat;
            return Some(Action::Exit);
        }
        self.enter(parameters, time, score)
    }

    fn enter(&mut self, parameters: &Parameters, time: Timestamp, score: f64) -> Option<Action> {
        let (held, action) = if score < -parameters.threshold {
            (Held::Long, Action::Buy)
        } else if score > parameters.threshold {
            (Held::Short, Action::Sell)
        } else {
            return None;
        };
        if !self.schedule.entry_allowed(time) {
            return None;
        }
        self.held = held;
        Some(action)
    }
}
