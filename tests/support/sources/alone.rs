//! A strategy that fails at a batch with more than one poll: with anything later than the first row.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Batch, Decisions, Strategy, about};

strategy_sdk::export!(Alone);

/// Decides nothing.
pub struct Alone;

impl Strategy for Alone {
    type Parameters = ();
    const ABOUT: About = about!();

    fn new((): (), _: Duration) -> Result<Alone, String> {
        Ok(Alone)
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        decisions.scores.extend(batch.quotes.rows().map(|row| row.bid));
        let times = || batch.quotes.rows().map(|row| row.time);
        if times().min() == times().max() { Ok(()) } else { Err("shown more than one poll".to_owned()) }
    }
}
