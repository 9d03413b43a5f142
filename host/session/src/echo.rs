//! The decisions of one run, told to another of the same rows: a strategy without feedback decides the same in both, so
//! one instance is enough, and its memory and time are spent once.
//!
//! Everything that the engine asks of the strategy and that may fail is told in the order in which it was asked. Both
//! engines ask the same, because what they ask depends on the rows alone.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use host_core::strategy::{Batch, FaultKind, SavedState};
use host_core::{Decisions, Fault, Manifest, Strategy, ask_wrapped};

use crate::stop::StopFlag;

/// Answers that may wait to be heard; the run that tells then waits.
const MOST_WAITING: usize = 8;
/// Time after which a stop is looked for.
const NAP: Duration = Duration::from_millis(20);

/// An answer of the strategy.
enum ToldAnswer {
    Decided(Result<Decisions, Fault>),
    /// To the question for a fresh instance.
    Fresh(Option<Result<(), Fault>>),
    Saved(Result<SavedState, Fault>),
    Restored(Result<(), Fault>),
}

/// The way of the decisions of a run to another one; nobody listens by default.
#[derive(Debug, Default)]
pub struct Telling {
    /// By place; `None` for a strategy that sees its fills, which decides for itself in the other run.
    listeners: Vec<Option<Echo>>,
    /// Ends all waiting; `None` if nobody listens.
    stop: Option<StopFlag>,
}

/// A strategy that answers as its counterpart in the run that tells.
#[derive(Clone, Debug)]
struct Echo {
    manifest: Manifest,
    restarts: bool,
    has_state: bool,
    /// Shared with its fresh instances.
    from: Arc<Mutex<Receiver<ToldAnswer>>>,
    stop: StopFlag,
}

/// A strategy whose answers are told.
struct ToldStrategy {
    strategy: Box<dyn Strategy>,
    to: SyncSender<ToldAnswer>,
}

impl Telling {
    /// Returns one whose listeners wait until `stop` is requested at most.
    pub(crate) fn until(stop: StopFlag) -> Telling {
        Telling { listeners: Vec::new(), stop: Some(stop) }
    }

    /// Returns `strategy`, the next one by place, as one whose answers are told, if somebody listens.
    pub(crate) fn tap(&mut self, strategy: Box<dyn Strategy>) -> Box<dyn Strategy> {
        let Some(stop) = self.stop.clone() else { return strategy };
        if strategy.manifest().feedback {
            self.listeners.push(None);
            return strategy;
        }
        let (to, from) = sync_channel(MOST_WAITING);
        let (restarts, has_state) = (strategy.restarts(), strategy.has_state());
        let from = Arc::new(Mutex::new(from));
        self.listeners.push(Some(Echo { manifest: strategy.manifest().clone(), restarts, has_state, from, stop }));
        Box::new(ToldStrategy { strategy, to })
    }

    /// Returns the strategies of the other run, by place; `None` for one that decides for itself.
    pub(crate) fn listeners(self) -> impl Iterator<Item = Option<Box<dyn Strategy>>> {
        self.listeners.into_iter().map(|echo| echo.map(|echo| Box::new(echo) as Box<dyn Strategy>))
    }
}

impl ToldStrategy {
    fn tell(&self, heard: ToldAnswer) {
        // Nobody may listen any more.
        let _ = self.to.send(heard);
    }
}

impl Strategy for ToldStrategy {
    fn manifest(&self) -> &Manifest {
        self.strategy.manifest()
    }

    ask_wrapped!(strategy);

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let answer = self.strategy.on_batch(batch, decisions);
        self.tell(ToldAnswer::Decided(answer.clone().map(|()| decisions.clone())));
        answer
    }

    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let fresh = self.strategy.fresh();
        self.tell(ToldAnswer::Fresh(fresh.as_ref().map(|fresh| fresh.as_ref().map(|_| ()).map_err(Fault::clone))));
        let told = |strategy| Box::new(ToldStrategy { strategy, to: self.to.clone() }) as Box<dyn Strategy>;
        Some(fresh?.map(told))
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        let saved = self.strategy.save();
        self.tell(ToldAnswer::Saved(saved.clone()));
        saved
    }

    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        let restored = self.strategy.restore(saved);
        self.tell(ToldAnswer::Restored(restored.clone()));
        restored
    }
}

impl Echo {
    /// Returns the next answer that `wanted` knows.
    ///
    /// # Errors
    /// The other run has ended, a stop was requested, or its strategy was asked something else.
    fn hear<T>(&self, wanted: impl FnOnce(ToldAnswer) -> Option<T>) -> Result<T, Fault> {
        let from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = loop {
            match from.recv_timeout(NAP) {
                Err(RecvTimeoutError::Timeout) if !self.stop.is_requested() => {}
                heard => break heard.ok(),
            }
        };
        heard.and_then(wanted).ok_or_else(|| Fault {
            kind: FaultKind::Refused,
            message: "the run beside it tells no more".to_owned(),
            log: Vec::new(),
        })
    }
}

impl Strategy for Echo {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn restarts(&self) -> bool {
        self.restarts
    }

    fn has_state(&self) -> bool {
        self.has_state
    }

    fn on_batch(&mut self, _: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let heard = |heard| if let ToldAnswer::Decided(decided) = heard { Some(decided) } else { None };
        *decisions = self.hear(heard)??;
        Ok(())
    }

    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let fresh = self.hear(|heard| if let ToldAnswer::Fresh(fresh) = heard { Some(fresh) } else { None });
        match fresh {
            Ok(fresh) => fresh.map(|fresh| fresh.map(|()| Box::new(self.clone()) as Box<dyn Strategy>)),
            Err(fault) => Some(Err(fault)),
        }
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        self.hear(|heard| if let ToldAnswer::Saved(saved) = heard { Some(saved) } else { None })?
    }

    fn restore(&mut self, _: &SavedState) -> Result<(), Fault> {
        self.hear(|heard| if let ToldAnswer::Restored(restored) = heard { Some(restored) } else { None })?
    }
}
