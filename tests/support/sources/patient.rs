//! A strategy that asks for a month of history before it trades, and then buys everything.

use strategy_sdk::time::{Duration, HOUR};
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Patient);
strategy_sdk::parameters! {
    /// None.
    pub struct Parameters {}
}

/// Has no state.
pub struct Patient;

impl Strategy for Patient {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        30 * 24 * HOUR
    }

    fn new(_: Parameters, _: Duration) -> Result<Patient, String> {
        Ok(Patient)
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        signals.push(Signal::new(row, Action::Buy));
        row.mid().unwrap_or(f64::NAN)
    }
}
