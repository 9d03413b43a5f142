//! What an author outside of this repository writes: a trait, a macro, a parameter.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Author);

strategy_sdk::parameters! {
    /// What can be set.
    pub struct Parameters {
        /// Buy below this price, in dollars.
        below: f64 = 0.3, in 0.0..=1.0;
    }
}

/// Buys what is cheap and leaves it when it no longer is.
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
