//! A strategy that buys a market well below its average, and leaves it at the average. It knows neither its positions
//! nor its fills, so it repeats itself on every row.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Average);

strategy_sdk::parameters! {
    /// Span and edge.
    pub struct Parameters {
        /// Span of the exponential average of mids, in rows.
        span: i64 = 200, in 1..=100_000;
        /// Distance below the average at which it buys, in 1/10,000 dollar.
        edge: i64 = 100, in 0..=10_000;
    }
}

/// Watches one market.
pub struct Average {
    parameters: Parameters,
    /// In 1/10,000 dollar.
    average: Option<f64>,
}

impl Strategy for Average {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Average, String> {
        Ok(Average { parameters, average: None })
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        // Whole numbers first, so that whoever computes this elsewhere gets the same to the last bit.
        let mid = ((row.bid * 10_000.0).round() + (row.ask * 10_000.0).round()) / 2.0;
        let average = self.average.map_or(mid, |last| last + (mid - last) * 2.0 / (self.parameters.span + 1) as f64);
        self.average = Some(average);
        if average - mid >= self.parameters.edge as f64 {
            signals.push(Signal::new(row, Action::Buy));
        } else if mid >= average {
            signals.push(Signal::new(row, Action::Exit));
        }
        f64::NAN
    }
}
