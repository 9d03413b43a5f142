//! The state of one market: its prices, its trading schedule and the side that was last signalled.

use strategy_sdk::Action;
use strategy_sdk::time::{DAY, Timestamp, days};

use crate::parameters::MeanReversionParameters;
use crate::window::Window;

/// Time after its event at which a market without a known close counts as over.
const AFTER_EVENT: i64 = 7 * DAY;

/// The side of the last entry that no exit has followed. Without feedback this stands for the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionSide {
    Flat,
    Long,
    Short,
}

/// The times at which a market may be entered and must be exited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Time of the underlying event.
    pub event: Option<Timestamp>,
    /// End of trading.
    pub closes: Option<Timestamp>,
    entry_from: Timestamp,
    blackout_after: Timestamp,
    ends: Timestamp,
}

impl Schedule {
    /// Uses the close as event time if the event time is unknown. With neither, entries are always allowed and the
    /// market never ends.
    pub fn new(parameters: &MeanReversionParameters, event: Option<Timestamp>, closes: Option<Timestamp>) -> Schedule {
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

    /// Returns true if the market has ended before `time`, so that its window can be freed.
    pub fn is_over(&self, time: Timestamp) -> bool {
        self.ends < time
    }
}

#[derive(Clone, Debug)]
pub struct MarketState {
    pub window: Window,
    /// The position that the last signals lead to.
    pub held: PositionSide,
    pub schedule: Schedule,
}

impl MarketState {
    /// Returns the state of a market without any data yet.
    pub fn new(parameters: &MeanReversionParameters) -> MarketState {
        MarketState {
            window: Window::new(parameters.window_points as u32),
            held: PositionSide::Flat,
            schedule: Schedule::new(parameters, None, None),
        }
    }

    /// Returns the action for a row at `time` with `score` (NaN for none). An entry is repeated on every row that
    /// justifies it; the host ignores repeats while it holds the position or works the order.
    pub fn decide(&mut self, parameters: &MeanReversionParameters, time: Timestamp, score: f64) -> Option<Action> {
        let gain = match self.held {
            PositionSide::Flat => return self.enter(parameters, time, score),
            PositionSide::Long => score,
            PositionSide::Short => -score,
        };
        let flatten = parameters.flatten_at_blackout && time > self.schedule.blackout_after;
        if flatten || gain >= parameters.exit_distance {
            self.held = PositionSide::Flat;
            return Some(Action::Exit);
        }
        self.enter(parameters, time, score)
    }

    fn enter(&mut self, parameters: &MeanReversionParameters, time: Timestamp, score: f64) -> Option<Action> {
        let (held, action) = if score < -parameters.threshold {
            (PositionSide::Long, Action::Buy)
        } else if score > parameters.threshold {
            (PositionSide::Short, Action::Sell)
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
