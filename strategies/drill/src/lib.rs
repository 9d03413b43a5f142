//! The strategy of `host drill`: it wants to buy every market on every poll, at once and for ever. Nobody earns with
//! it.
//!
//! `drill.wasm` beside this crate is the component that the host carries with it. Whoever changes this file builds it
//! anew: `cp $(host build strategies/drill) strategies/drill/drill.wasm`.

#![forbid(unsafe_code)]

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Drill);

strategy_sdk::parameters! {
    /// It has none that matters.
    pub struct Parameters {
        /// The conviction of its signals.
        confidence: f64 = 1.0, in 0.0..=1.0;
    }
}

/// Buys everything.
#[derive(Debug)]
pub struct Drill {
    parameters: Parameters,
}

impl Strategy for Drill {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Drill, String> {
        Ok(Drill { parameters })
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        signals.push(Signal { confidence: self.parameters.confidence, ..Signal::new(row, Action::Buy) });
        row.mid().unwrap_or(f64::NAN)
    }
}
