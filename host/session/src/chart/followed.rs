//! A strategy that trades and whose twin is shown every batch too.

use std::sync::atomic::Ordering;
use std::sync::mpsc::TrySendError;

use host_core::strategy::{Batch, SavedState};
use host_core::{Decisions, Fault, Manifest, Strategy, Timestamp, ask_wrapped};

use super::twin::{Shown, Told, Way};

/// An instance that trades. It answers as if nobody followed it.
pub(super) struct Followed {
    strategy: Box<dyn Strategy>,
    /// The way to its twin, as long as that takes batches.
    way: Option<Way>,
    /// The time from which the twin is not waited for.
    unwaited_from: Timestamp,
    /// True if the twin has missed a batch: it is shown nothing until it can begin from a state again.
    is_behind: bool,
}

impl Followed {
    pub(super) fn new(strategy: Box<dyn Strategy>, way: Way, unwaited_from: Timestamp) -> Followed {
        Followed { strategy, way: Some(way), unwaited_from, is_behind: false }
    }

    fn show(&mut self, batch: &Batch<'_>) {
        let Some(Way { twin, is_lost }) = self.way.as_ref().filter(|_| !self.is_behind) else { return };
        let shown = Told::Batch(Box::new(Shown::of(batch)));
        let is_waited_for = batch.quotes.time.first().is_some_and(|&time| time < self.unwaited_from.0);
        let answer = match is_waited_for {
            true => twin.send(shown).map_err(|gone| TrySendError::Disconnected(gone.0)),
            false => twin.try_send(shown),
        };
        match answer {
            Ok(()) => {}
            // A twin that failed takes no more.
            Err(TrySendError::Disconnected(_)) => self.way = None,
            Err(TrySendError::Full(_)) if self.strategy.has_state() => self.is_behind = true,
            // It will never be what the strategy is.
            Err(TrySendError::Full(_)) => {
                is_lost.store(true, Ordering::Relaxed);
                self.way = None;
            }
        }
    }

    /// Lets the twin begin anew from `saved`, which the strategy has saved or taken up.
    fn begin_anew(&mut self, saved: &SavedState) {
        let Some(Way { twin, .. }) = &self.way else { return };
        // One without room for it waits for the next state.
        self.is_behind = twin.try_send(Told::State(saved.clone())).is_err();
    }
}

impl Strategy for Followed {
    fn manifest(&self) -> &Manifest {
        self.strategy.manifest()
    }

    ask_wrapped!(strategy);

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        self.show(batch);
        let answer = self.strategy.on_batch(batch, decisions);
        if answer.is_err() {
            self.way = None;
        }
        answer
    }

    /// Its lines end.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        self.strategy.fresh()
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        let saved = self.strategy.save()?;
        if self.is_behind {
            self.begin_anew(&saved);
        }
        Ok(saved)
    }

    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.strategy.restore(saved)?;
        self.begin_anew(saved);
        Ok(())
    }
}
