//! A strategy that looks ahead and fails to tell: by its faults a later instance of it learns what an earlier one saw,
//! and, if it could, the second instance of the proof. Ways 0 and 1 are honest, though 1 fails.

use std::cell::Cell;

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Batch, Decisions, Signal, Stateful, Strategy, about};

strategy_sdk::export!(Teller, stateful);

strategy_sdk::parameters! {
    /// The only parameter.
    pub struct Parameters {
        /// The way in which it tells.
        way: i64 = 0, in 0..=4;
    }
}

thread_local! {
    /// True after a state was saved, until many rows are shown: nobody was shown them before.
    static SAVED: Cell<bool> = const { Cell::new(false) };
}

/// Buys once it has been told that prices rise.
pub struct Teller {
    way: i64,
    rows: u64,
    /// True for an instance that was made again.
    knows: bool,
}

impl Strategy for Teller {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Teller, String> {
        Ok(Teller { way: parameters.way, rows: 0, knows: false })
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        let Some(first) = batch.quotes.rows().next() else { return Ok(()) };
        let now = batch.quotes.rows().filter(|row| row.time == first.time).map(|row| row.bid).fold(1.0, f64::min);
        let is_ahead = batch.quotes.rows().any(|row| row.time > first.time);
        let rises = batch.quotes.rows().any(|row| row.time > first.time && row.bid > now);
        let was_saved = is_ahead && SAVED.take();
        match self.way {
            1 => assert!(!(self.rows..self.rows + batch.quotes.len() as u64).contains(&90_000), "fails at a row"),
            // To an instance that takes its place.
            2 => assert!(!(was_saved && is_ahead && rises), "prices will rise"),
            // To all instances, by one more fault at a poll alone.
            3 => {
                assert!(!(was_saved && is_ahead && rises), "prices will rise");
                assert!(!self.knows || is_ahead, "prices will rise, as it was told");
            }
            // By leaving.
            4 => assert!(!(self.rows > 90_000 && is_ahead && rises), "prices will rise"),
            _ => {}
        }
        let wishes = batch.quotes.rows().filter(|row| (self.rows + u64::from(row.index)) % 50 == 0);
        decisions.signals.extend(wishes.filter(|_| self.knows).map(|row| Signal::new(&row, Action::Buy)));
        self.rows += batch.quotes.len() as u64;
        Ok(())
    }
}

impl Stateful for Teller {
    const STATE_VERSION: u32 = 1;

    fn save(&self) -> Result<Vec<u8>, String> {
        if self.way == 4 {
            return Err("it has none".to_owned());
        }
        SAVED.set(true);
        Ok(self.rows.to_le_bytes().to_vec())
    }

    fn restore(&mut self, _: u32, payload: &[u8]) -> Result<(), String> {
        self.rows = payload.try_into().map(u64::from_le_bytes).map_err(|_| "not eight bytes".to_owned())?;
        self.knows = true;
        Ok(())
    }
}
