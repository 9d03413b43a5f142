//! A strategy with a warm-up of a year, for a test of Ctrl-C during a warm-up.

use strategy_sdk::time::{DAY, Duration};
use strategy_sdk::{About, Row, Signal, Strategy, about};

strategy_sdk::export!(Late);

/// Decides nothing.
pub struct Late;

impl Strategy for Late {
    type Parameters = ();
    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        365 * DAY
    }

    fn new((): (), _: Duration) -> Result<Late, String> {
        Ok(Late)
    }

    fn on_row(&mut self, row: &Row, _: &mut Vec<Signal>) -> f64 {
        row.bid
    }
}
