//! A strategy that wants to buy every market on every poll, and that can be told to loop for ever after some rows.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Eager);

strategy_sdk::parameters! {
    /// The only parameter.
    pub struct Parameters {
        /// Rows that it decides before it loops; 0 for never.
        loop_after: i64 = 0, in 0..=1_000_000_000;
    }
}

/// Buys everything.
pub struct Eager {
    parameters: Parameters,
    rows: i64,
}

impl Strategy for Eager {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Eager, String> {
        Ok(Eager { parameters, rows: 0 })
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        self.rows += 1;
        while self.parameters.loop_after > 0 && self.rows > self.parameters.loop_after {
            self.rows = std::hint::black_box(self.rows);
        }
        signals.push(Signal::new(row, Action::Buy));
        row.mid().unwrap_or(f64::NAN)
    }
}
