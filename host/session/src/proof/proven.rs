//! A strategy that trades, and whose decisions are sent to a second instance.

use host_core::strategy::{Batch, SavedState};
use host_core::{Decisions, Fault, Manifest, Strategy, ask_wrapped};

use super::second::WayToSecond;

/// An instance that trades. It answers as if nobody compared its decisions.
pub(super) struct Proven {
    strategy: Box<dyn Strategy>,
    /// The way to the second instance, as long as that takes batches.
    second: Option<WayToSecond>,
    /// Time of the last row that was decided: an instance that is made again is shown what came before once more.
    decided_until: i64,
    /// True if it failed at rows that it was shown ahead, or was made again after that and has not caught up: the
    /// second instance, which has not been shown them, must not hear of it.
    is_quiet: bool,
}

impl Proven {
    pub(super) fn new(strategy: Box<dyn Strategy>, second: WayToSecond) -> Proven {
        Proven { strategy, second: Some(second), decided_until: i64::MIN, is_quiet: false }
    }

    /// Sends what came of `batch`.
    fn tell(&mut self, batch: &Batch<'_>, answer: Result<&Decisions, &Fault>) {
        let times = batch.quotes.time;
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return };
        let Some(second) = &self.second else { return };
        let is_taken = match answer {
            Ok(_) if last <= self.decided_until && self.is_quiet => true,
            Ok(_) if last <= self.decided_until => second.show_again(batch),
            Ok(decisions) => {
                (self.decided_until, self.is_quiet) = (last, false);
                second.send(batch, decisions)
            }
            Err(fault) => {
                self.is_quiet = first < last;
                second.fail(batch, fault, self.is_quiet)
            }
        };
        // One that has found a difference takes no more.
        self.second.take_if(|_| !is_taken);
    }
}

impl Strategy for Proven {
    fn manifest(&self) -> &Manifest {
        self.strategy.manifest()
    }

    ask_wrapped!(strategy);

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let answer = self.strategy.on_batch(batch, decisions);
        self.tell(batch, answer.as_ref().map(|()| &*decisions));
        answer
    }

    /// The second instance begins afresh too, unless it must not hear of it.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let fresh = self.strategy.fresh()?;
        let Proven { decided_until, is_quiet, .. } = *self;
        Some(fresh.map(|strategy| {
            self.second.iter().filter(|_| !is_quiet).for_each(WayToSecond::begin_afresh);
            Box::new(Proven { strategy, second: self.second.clone(), decided_until, is_quiet }) as Box<dyn Strategy>
        }))
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        self.strategy.save()
    }

    /// Both go on from the same state, unless the second instance has never left it.
    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.strategy.restore(saved)?;
        let is_quiet = self.is_quiet;
        self.second.take_if(|second| !is_quiet && !second.restore(saved));
        Ok(())
    }
}
