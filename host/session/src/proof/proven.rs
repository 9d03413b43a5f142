//! A strategy that trades, and whose decisions are sent to a second instance.

use host_core::strategy::{Batch, SavedState};
use host_core::{Decisions, Fault, Manifest, Strategy, ask_wrapped};

use super::second::WayToSecond;

/// An instance that trades. It answers as if nobody compared its decisions.
pub(super) struct Proven {
    strategy: Box<dyn Strategy>,
    /// The way to the second instance, as long as that takes batches.
    second: Option<WayToSecond>,
}

impl Proven {
    pub(super) fn new(strategy: Box<dyn Strategy>, second: WayToSecond) -> Proven {
        Proven { strategy, second: Some(second) }
    }
}

impl Strategy for Proven {
    fn manifest(&self) -> &Manifest {
        self.strategy.manifest()
    }

    ask_wrapped!(strategy);

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        // After a fault no decision of the batch counts.
        self.strategy.on_batch(batch, decisions)?;
        // One that has found a difference takes no more.
        self.second.take_if(|second| !second.send(batch, decisions));
        Ok(())
    }

    /// The second instance begins afresh too.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let fresh = self.strategy.fresh()?;
        Some(fresh.map(|strategy| {
            self.second.iter().for_each(WayToSecond::begin_afresh);
            Box::new(Proven { strategy, second: self.second.clone() }) as Box<dyn Strategy>
        }))
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        self.strategy.save()
    }

    /// Both go on from the same state.
    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.strategy.restore(saved)?;
        self.second.take_if(|second| !second.restore(saved));
        Ok(())
    }
}
