//! The batches that a strategy was shown since the state that it saved last, or since it began: a fresh instance is
//! brought to the same point by them.
//!
//! Memory is bounded: after [`MOST_ROWS`] rows or more the strategy's state takes their place. A strategy without one
//! is then past the point from which it could be made again.

use crate::market::Market;
use crate::quote::Quotes;
use crate::strategy::{Batch, Decisions, Fault, FillView, PositionView, SavedState, Strategy};

/// Number of rows after which a state takes their place; up to eight times as many for a large state, which takes
/// longer to make.
const MOST_ROWS: usize = 1 << 16;
/// Bytes of a state for each row that is kept beside it.
const BYTES_PER_ROW: usize = 4;

/// A batch that was shown, without its rows.
#[derive(Debug)]
struct ShownBatch {
    markets: Vec<Market>,
    positions: Vec<PositionView>,
    fills: Vec<FillView>,
    rows: usize,
}

/// The state that a strategy began from, and all that it was shown since.
#[derive(Debug)]
pub(super) struct ShownPast {
    state: Option<SavedState>,
    shown: Vec<ShownBatch>,
    rows: Quotes,
    /// False if nothing can be made again from it.
    is_kept: bool,
}

impl ShownPast {
    /// Returns the past of a strategy that begins now, which is kept if it can be made again at all.
    pub fn new(is_kept: bool) -> ShownPast {
        ShownPast { state: None, shown: Vec::new(), rows: Quotes::default(), is_kept }
    }

    /// Begins anew from `state`.
    pub fn begin_at(&mut self, state: SavedState) {
        *self = ShownPast { state: Some(state), ..ShownPast::new(self.is_kept) };
    }

    /// Keeps nothing from now on.
    pub fn give_up(&mut self) {
        *self = ShownPast::new(false);
    }

    /// Returns true if it is time for a state to take its place.
    pub fn is_full(&self) -> bool {
        let state_bytes = self.state.as_ref().map_or(0, |state| state.payload.len());
        self.rows.len() >= (state_bytes / BYTES_PER_ROW).clamp(MOST_ROWS, 8 * MOST_ROWS)
    }

    /// Takes note of a batch that the strategy has answered.
    pub fn note(&mut self, batch: &Batch<'_>) {
        if !self.is_kept {
            return;
        }
        self.rows.append(batch.quotes);
        self.shown.push(ShownBatch {
            markets: batch.markets.to_vec(),
            positions: batch.positions.to_vec(),
            fills: batch.fills.to_vec(),
            rows: batch.quotes.len(),
        });
    }

    /// Returns a fresh instance of `strategy` that knows all of this; `None` if there can be none.
    ///
    /// # Errors
    /// The fresh instance fails at what the former one has answered.
    pub fn made_again(&self, strategy: &dyn Strategy) -> Option<Result<Box<dyn Strategy>, Fault>> {
        if !self.is_kept {
            return None;
        }
        let fresh = strategy.fresh()?;
        Some(fresh.and_then(|mut fresh| self.show_again(&mut *fresh).map(|()| fresh)))
    }

    fn show_again(&self, fresh: &mut dyn Strategy) -> Result<(), Fault> {
        if let Some(state) = &self.state {
            fresh.restore(state)?;
        }
        let (mut first, mut decisions) = (0, Decisions::default());
        for ShownBatch { markets, positions, fills, rows } in &self.shown {
            let quotes = self.rows.view(first..first + rows);
            decisions.signals.clear();
            decisions.scores.clear();
            fresh.on_batch(&Batch { markets, quotes, positions, fills }, &mut decisions)?;
            first += rows;
        }
        Ok(())
    }
}
