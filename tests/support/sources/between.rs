//! Buys below one price and leaves above another, as `between.py` and `between.js` do.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Between);

strategy_sdk::parameters! {
    /// The only parameter.
    pub struct Parameters {
        /// Buys at a lower ask, in dollars.
        buy_below: f64 = 0.4, in 0.0..=1.0;
    }
}

/// Buys low and leaves high.
pub struct Between {
    parameters: Parameters,
}

impl Strategy for Between {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Between, String> {
        match parameters.buy_below < 0.6 {
            true => Ok(Between { parameters }),
            false => Err("buy_below must be below 0.6".to_owned()),
        }
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let score = row.mid().unwrap_or(f64::NAN);
        if row.ask < self.parameters.buy_below {
            let mut signal = Signal::new(row, Action::Buy);
            signal.metadata = vec![("ask".to_owned(), row.ask)];
            signals.push(signal);
        } else if row.bid > 0.6 {
            signals.push(Signal::new(row, Action::Exit));
        }
        score
    }
}
