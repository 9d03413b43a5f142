//! Wants to see three years before it decides anything, for a test of what Ctrl-C does meanwhile.

use strategy_sdk::time::{DAY, Duration};
use strategy_sdk::{About, Row, Signal, Strategy, about};

strategy_sdk::export!(Late);

/// Decides nothing.
pub struct Late;

impl Strategy for Late {
    type Parameters = ();
    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        1_000 * DAY
    }

    fn new((): (), _: Duration) -> Result<Late, String> {
        Ok(Late)
    }

    fn on_row(&mut self, row: &Row, _: &mut Vec<Signal>) -> f64 {
        row.bid
    }
}
