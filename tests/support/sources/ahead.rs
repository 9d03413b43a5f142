//! A strategy that looks ahead: it buys when the batch ends higher than the row. `host check` has to detect it.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Batch, Decisions, Signal, Strategy, about};

strategy_sdk::export!(Ahead);

/// Decides on prices later than the row.
pub struct Ahead;

impl Strategy for Ahead {
    type Parameters = ();
    const ABOUT: About = about!();

    fn new((): (), _: Duration) -> Result<Ahead, String> {
        Ok(Ahead)
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        let last = batch.quotes.rows().last().map_or(0.0, |row| row.bid);
        for row in batch.quotes.rows().filter(|row| row.bid < last) {
            decisions.signals.push(Signal::new(&row, Action::Buy));
        }
        Ok(())
    }
}
