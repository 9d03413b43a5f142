//! A strategy that buys, sells and exits as a hash of market and time says. For tests of what becomes of orders, not
//! of profit.

use strategy_sdk::time::{Duration, HOUR, MINUTE};
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Restless);
strategy_sdk::parameters! {
    /// The rate and the seed of its signals.
    pub struct Parameters {
        /// Signals in a hundred rows.
        wishes: i64 = 3, in 0..=100;
        /// Seed of the signals.
        seed: i64 = 0, in 0..=1_000_000;
    }
}

/// Has no state but its parameters.
pub struct Restless(Parameters);

impl Strategy for Restless {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        2 * HOUR
    }

    fn new(parameters: Parameters, _: Duration) -> Result<Restless, String> {
        Ok(Restless(parameters))
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        // SplitMix64 (Steele, Lea, Flood 2014) of market, minute and seed.
        let name = (row.time / MINUTE) as u64 ^ (u64::from(row.market) << 32) ^ ((self.0.seed as u64) << 48);
        let mut mixed = name.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        if (mixed % 100) as i64 >= self.0.wishes {
            return f64::NAN;
        }
        let action = match mixed / 100 % 5 {
            0 | 1 => Action::Buy,
            2 => Action::Sell,
            _ => Action::Exit,
        };
        let mut signal = Signal::new(row, action);
        signal.confidence = (mixed / 1_000 % 90 + 10) as f64 / 100.0;
        signals.push(signal);
        f64::NAN
    }
}
