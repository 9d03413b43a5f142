//! A strategy that trades and whose twin is shown every batch too.

use std::sync::mpsc::SyncSender;

use host_core::strategy::{Batch, ResourceUsage, SavedState};
use host_core::{Decisions, Fault, Manifest, Strategy};

use super::twin::Shown;

/// An instance that trades. It answers as if nobody followed it.
pub(super) struct Followed {
    strategy: Box<dyn Strategy>,
    /// The way to its twin, as long as that takes batches.
    twin: Option<SyncSender<Shown>>,
}

impl Followed {
    pub(super) fn new(strategy: Box<dyn Strategy>, twin: SyncSender<Shown>) -> Followed {
        Followed { strategy, twin: Some(twin) }
    }
}

impl Strategy for Followed {
    fn manifest(&self) -> &Manifest {
        self.strategy.manifest()
    }

    fn sha256(&self) -> &str {
        self.strategy.sha256()
    }

    fn usage(&self) -> ResourceUsage {
        self.strategy.usage()
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        // A twin that failed takes no more.
        self.twin.take_if(|twin| twin.send(Shown::of(batch)).is_err());
        let answer = self.strategy.on_batch(batch, decisions);
        if answer.is_err() {
            self.twin = None;
        }
        answer
    }

    fn restarts(&self) -> bool {
        self.strategy.restarts()
    }

    /// Its lines end.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        self.strategy.fresh()
    }

    fn has_state(&self) -> bool {
        self.strategy.has_state()
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        self.strategy.save()
    }

    /// The lines end: the twin has not seen what the state comes from.
    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.twin = None;
        self.strategy.restore(saved)
    }
}
