//! A strategy that does what the size of the bid says: 1,001 buys with a confidence of 0.6, 1,002 with 0.8, and 1,003
//! leaves. Any other size says nothing.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Week);

strategy_sdk::parameters! {
    /// There are none.
    pub struct Parameters {}
}

/// Obeys the size of the bid.
pub struct Week;

impl Strategy for Week {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(_: Parameters, _: Duration) -> Result<Week, String> {
        Ok(Week)
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let (action, confidence) = match row.bid_size as i64 {
            1_001 => (Action::Buy, 0.6),
            1_002 => (Action::Buy, 0.8),
            1_003 => (Action::Exit, 0.6),
            _ => return f64::NAN,
        };
        let mut signal = Signal::new(row, action);
        signal.confidence = confidence;
        signals.push(signal);
        f64::NAN
    }
}
