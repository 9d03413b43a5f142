//! A strategy as an author outside this repository writes it: a trait, a macro, a parameter.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Author);

strategy_sdk::parameters! {
    /// The only parameter.
    pub struct Parameters {
        /// Buy below this price, in dollars.
        below: f64 = 0.3, in 0.0..=1.0;
    }
}

/// Buys markets that are cheap, and exits when they no longer are.
pub struct Author {
    parameters: Parameters,
}

impl Strategy for Author {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Author, String> {
        Ok(Author { parameters })
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let Some(mid) = row.mid() else { return f64::NAN };
        let action = if mid < self.parameters.below { Action::Buy } else { Action::Exit };
        signals.push(Signal::new(row, action));
        mid
    }
}
