//! Swaps: another version of a strategy takes over its slot between two polls, while orders and positions stay. The
//! version from before sees the polls since, and comes back if the new one fails in its time of trial.
//!
//! A swap must never leave a position alone, lose a poll, or decide on one twice.

use super::occupant::Occupant;
use super::{Effect, Engine};
use crate::market::{Market, MarketId};
use crate::order::Side;
use crate::quote::{Quotes, QuotesView};
use crate::record::{Record, SwapCause};
use crate::strategy::{Fault, FillView, SavedState, SlotId, Strategy, StrategyVersion};
use crate::time::Timestamp;

/// A strategy that is ready to take over a slot.
pub struct Newcomer(Occupant);

impl std::fmt::Debug for Newcomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Newcomer").field(&self.0.version()).finish()
    }
}

impl Newcomer {
    /// Makes a newcomer that goes on from `state`, as of the last poll. Of `markets` and `fills`, those since, it is
    /// told with the next one.
    ///
    /// # Errors
    /// It does not take the state up.
    pub fn resumed(
        strategy: Box<dyn Strategy>,
        state: &SavedState,
        markets: Vec<Market>,
        fills: Vec<FillView>,
    ) -> Result<Newcomer, Fault> {
        let mut occupant = Occupant::new(strategy, Vec::new());
        occupant.resume(state, markets, fills)?;
        Ok(Newcomer(occupant))
    }

    /// Makes a newcomer that knows nothing yet but `markets`: [`Newcomer::warm_up`] shows it the past.
    pub fn cold(strategy: Box<dyn Strategy>, markets: Vec<Market>) -> Newcomer {
        Newcomer(Occupant::new(strategy, markets))
    }

    /// Shows past rows. Nothing is decided.
    ///
    /// # Errors
    /// The fault by which it failed at them.
    pub fn warm_up(&mut self, rows: QuotesView<'_>) -> Result<(), Fault> {
        self.0.warm_up(rows, &[]);
        self.0.take_fault().map_or(Ok(()), Err)
    }

    /// Returns true if it knows of a position on `side` in `market`, so that it will ask for its exit.
    pub fn knows(&self, market: MarketId, side: Side) -> bool {
        self.0.knows(market, side)
    }

    /// Returns its version.
    pub fn version(&self) -> StrategyVersion {
        self.0.version()
    }
}

impl Engine {
    /// Puts `newcomer` in the place of the strategy in `slot`, at `time`. The one there sees the polls until `until`,
    /// and comes back if the new one fails by then. To be called between two polls.
    pub fn swap(
        &mut self,
        slot: SlotId,
        newcomer: Newcomer,
        (time, until): (Timestamp, Timestamp),
        reason: String,
        effects: &mut Vec<Effect>,
    ) {
        self.show_former();
        // Whoever comes was shown the last poll already; the one that leaves decides it.
        self.ask_deferred(Some(slot), effects);
        self.advance_to(time, effects);
        let Some(place) = self.slots.get_mut(usize::from(slot.0)) else { return };
        let (from, to) = place.swap(newcomer.0, until);
        let cause = SwapCause::Asked { reason };
        effects.push(Effect::Record(Record::Swapped { slot, time: self.now, from, to, cause }));
    }

    /// Puts the version from before back in its place, if it can come back. Returns true if it did.
    pub(super) fn swap_back(&mut self, slot: SlotId, cause: SwapCause, effects: &mut Vec<Effect>) -> bool {
        let time = self.now;
        let Some((from, to)) = self.slots.get_mut(usize::from(slot.0)).and_then(|place| place.swap_back(time)) else {
            return false;
        };
        effects.push(Effect::Record(Record::Swapped { slot, time, from, to, cause }));
        true
    }

    /// Shows the last poll to the strategies from before a swap. Before the next event it happens by itself; done
    /// earlier, nothing waits for it then.
    pub fn show_former(&mut self) {
        let Some(rows) = self.unshown.take() else { return };
        for index in 0..self.slots.len() {
            if self.slots[index].has_former() {
                let positions = self.position_views(SlotId(index as u16));
                self.slots[index].show_former(rows.all(), &positions, self.now);
            }
        }
    }

    /// Keeps the rows of a poll for the strategies from before a swap: orders must not wait for those.
    pub(super) fn keep_for_former(&mut self, rows: QuotesView<'_>) {
        if self.slots.iter().any(super::Slot::has_former) {
            let mut kept = Quotes::default();
            kept.append(rows);
            self.unshown = Some(kept);
        }
    }

    /// Returns the strategy from before the last swap of `slot`, as long as it can come back, and until when.
    pub fn former(&self, slot: SlotId) -> Option<(StrategyVersion, Timestamp)> {
        self.slots.get(usize::from(slot.0)).and_then(|place| place.former(self.now))
    }

    /// Returns the strategy in `slot`.
    pub fn strategy(&self, slot: SlotId) -> Option<&dyn Strategy> {
        self.slots.get(usize::from(slot.0)).and_then(super::Slot::strategy)
    }

    /// Returns the positions of `slot` that `newcomer` would not know of: nothing may ask for their exit then.
    pub fn unknown_to(&self, newcomer: &Newcomer, slot: SlotId) -> Vec<MarketId> {
        let held = self.portfolio.positions().filter(|(_, of, _)| *of == slot);
        let unknown = held.filter(|(market, _, position)| !newcomer.knows(*market, position.side()));
        // An exit that is wanted is worked until the position is flat, whoever asked for it.
        unknown.map(|(market, ..)| market).filter(|market| !self.is_exit_wanted(slot, *market)).collect()
    }
}
