//! A strategy that takes long for each row before 2026, so that a test can stop a run in its middle. Later rows are
//! quick: the host tries a strategy on rows of its own first, to measure its memory.

use std::hint::black_box;

use strategy_sdk::time::{DAY, Duration};
use strategy_sdk::{About, Row, Signal, Strategy, about};

strategy_sdk::export!(Slow);

/// Has no state.
pub struct Slow;

impl Strategy for Slow {
    type Parameters = ();
    const ABOUT: About = about!();

    fn new((): (), _: Duration) -> Result<Slow, String> {
        Ok(Slow)
    }

    fn on_row(&mut self, row: &Row, _: &mut Vec<Signal>) -> f64 {
        let is_slow = row.time / DAY < 20_454;
        let steps = if is_slow { 30_000 } else { 0 };
        (0..steps).fold(row.bid, |score, step| score + f64::from(black_box(step)))
    }
}
