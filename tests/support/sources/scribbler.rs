//! A strategy that trades as a hash of market and time says, and whose lines can be made to fail.

use std::cell::Cell;

use strategy_sdk::time::{Duration, HOUR, MINUTE};
use strategy_sdk::{About, Action, Charted, FAIR_VALUE, Row, Signal, Strategy, about};

strategy_sdk::export!(Scribbler, charted);
strategy_sdk::parameters! {
    /// The way in which its lines fail.
    pub struct Parameters {
        /// 0: they do not, 1: it traps, 2: it never comes back.
        fault: i64 = 0, in 0..=2;
    }
}

/// Number of values that it draws before its lines fail.
const DRAWN: u32 = 200;

/// Counts what it drew.
pub struct Scribbler(Parameters, Cell<u32>);

impl Strategy for Scribbler {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        2 * HOUR
    }

    fn new(parameters: Parameters, _: Duration) -> Result<Scribbler, String> {
        Ok(Scribbler(parameters, Cell::new(0)))
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let name = (row.time / MINUTE) as u64 ^ (u64::from(row.market) << 32);
        let mixed = name.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        if mixed % 100 < 20 {
            signals.push(Signal::new(row, [Action::Buy, Action::Sell, Action::Exit][(mixed / 100 % 3) as usize]));
        }
        f64::NAN
    }
}

impl Charted for Scribbler {
    const LINES: &'static [&'static str] = &[FAIR_VALUE];

    fn lines(&self, _: u32, values: &mut [f64]) {
        self.1.set(self.1.get() + 1);
        if self.1.get() > DRAWN && self.0.fault == 1 {
            panic!("the pen is broken");
        }
        while self.1.get() > DRAWN && self.0.fault == 2 {
            self.1.set(self.1.get() | 1);
        }
        values[0] = 0.5;
    }
}
