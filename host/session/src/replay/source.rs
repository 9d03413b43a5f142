//! The components and warm-up rows of a replay, from the journal itself or from the files beside it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use host_core::QuotesView;
use host_core::engine::Engine;
use host_sandbox::trust::read_beside;
use host_sandbox::{Cache, LimitBeyond, Sandbox, SandboxLimits, SandboxedStrategy, StrategyComponent};
use host_store::journal::Journal;
use host_store::journal::events::WarmUp;
use host_store::recording::Recording;
use host_system::capped;

use crate::error::{Reason, Result, SessionError};
use crate::start::{Start, Started};
use crate::tape_ref::TapeRows;
use crate::warm_up::{WarmUpRows, show_rows};

/// A journal, and the folder that it stands in.
///
/// Both may come from a stranger. What they say is data: components run in the sandbox, within the user's own limits.
#[derive(Debug)]
pub struct JournalSource<'a> {
    journal: &'a Journal,
    cache: Cache,
    /// The user's limits.
    most: SandboxLimits,
    /// The limits that a session asked for beyond them, by name.
    beyond: RefCell<BTreeSet<LimitBeyond>>,
    /// The tape of a back test, if it is not where it was.
    tape: Option<PathBuf>,
}

impl<'a> JournalSource<'a> {
    /// Makes the source of `journal`, which compiles components into `cache`, and gives them no more than `most`.
    pub fn new(journal: &'a Journal, cache: Cache, most: SandboxLimits) -> JournalSource<'a> {
        JournalSource { journal, cache, most, beyond: RefCell::default(), tape: None }
    }

    /// Looks for the tape of a back test at `tape`, if one is given, in place of where it was.
    #[must_use]
    pub fn with_tape(self, tape: Option<&Path>) -> JournalSource<'a> {
        JournalSource { tape: tape.map(Path::to_owned), ..self }
    }

    /// Returns the rows that `start` refers to; `None` if the journal holds them.
    ///
    /// # Errors
    /// The tape is not there, or is another one.
    pub fn tape_rows(&self, start: &Start) -> Result<Option<TapeRows>> {
        let Some(reference) = &start.tape else { return Ok(None) };
        let tape = reference.open(self.tape.as_deref())?;
        Ok(Some(TapeRows::new(reference.feed(&tape)?)))
    }

    /// Returns the limits of `start`, as far as the user's allow.
    pub fn limits(&self, start: &Start) -> SandboxLimits {
        self.beyond.borrow_mut().extend(start.sandbox.beyond(&self.most));
        start.sandbox.within(&self.most)
    }

    /// Returns the limits that the sessions so far had beyond the user's. A replay that differs may do so because of
    /// them.
    pub fn beyond(&self) -> Vec<LimitBeyond> {
        self.beyond.borrow().iter().cloned().collect()
    }

    /// Makes the sandbox of a session.
    fn sandbox(&self, start: &Start) -> Result<Sandbox> {
        Ok(Sandbox::new(self.limits(start), self.cache.clone())?)
    }

    /// Returns the components of `start`, by slot.
    ///
    /// # Errors
    /// A component has no copy, or cannot be loaded any more.
    pub fn components(&self, start: &Start) -> Result<Vec<StrategyComponent>> {
        let sandbox = self.sandbox(start)?;
        start.strategies.iter().map(|started| self.component(&sandbox, started)).collect()
    }

    /// Starts `started` within the session of `start`.
    ///
    /// # Errors
    /// Its component has no copy, or cannot be loaded or started any more.
    pub fn start_one(&self, start: &Start, started: &Started) -> Result<SandboxedStrategy> {
        let component = self.component(&self.sandbox(start)?, started)?;
        Ok(component.start(&started.settings(start.poll_interval))?)
    }

    /// Returns the component that was `started`, loaded into `sandbox`.
    ///
    /// # Errors
    /// It has no copy, or cannot be loaded any more.
    pub fn component(&self, sandbox: &Sandbox, started: &Started) -> Result<StrategyComponent> {
        let bytes = self.bytes(started)?;
        let signature = self.signature(started);
        Ok(sandbox.load_signed(&format!("the journal's copy of `{}`", started.name), &bytes, signature.as_deref())?)
    }

    /// Returns the signature that was kept with the component of `started`, if there is one.
    pub fn signature(&self, started: &Started) -> Option<Vec<u8>> {
        read_beside(&self.copy_of(started)).unwrap_or_default()
    }

    /// The file beside the journal that holds the component, if the journal itself does not.
    fn copy_of(&self, started: &Started) -> PathBuf {
        self.beside("components").join(format!("{}.wasm", started.sha256))
    }

    /// Returns the component of `started`, as it was loaded.
    ///
    /// # Errors
    /// There is no copy, or it is damaged.
    pub fn bytes(&self, started: &Started) -> Result<Vec<u8>> {
        let Started { name, version, sha256, .. } = started;
        let kept = self.journal.component(sha256).map_err(SessionError::JournalNotRead)?;
        let beside = self.copy_of(started);
        let Some(bytes) = kept.or_else(|| capped::read(&beside, self.most.component_bytes).ok()) else {
            let (name, version) = (name.clone(), version.clone());
            let source = Reason(format!("nothing is at {} either", beside.display()));
            return Err(SessionError::ComponentMissing { name, version, source });
        };
        if host_sandbox::digest(&bytes) != *sha256 {
            let (name, version) = (name.clone(), version.clone());
            let source = Reason(format!("its SHA-256 is not {sha256}"));
            return Err(SessionError::ComponentDamaged { name, version, source });
        }
        Ok(bytes)
    }

    /// Shows `engine` the recorded rows of `wanted`.
    ///
    /// # Errors
    /// There is no recording beside the journal, or it no longer has those rows.
    pub fn warm_up(&self, wanted: &WarmUp, engine: &mut Engine) -> Result<()> {
        self.show_recorded(wanted, &mut |rows| {
            engine.warm_up(rows);
            Ok(())
        })
    }

    /// Shows the recorded rows of `wanted` to `show`.
    ///
    /// # Errors
    /// As [`JournalSource::warm_up`], or those of `show`.
    pub fn show_recorded(&self, wanted: &WarmUp, show: &mut dyn FnMut(QuotesView<'_>) -> Result<()>) -> Result<()> {
        let folder = self.beside("tape");
        let recording = Recording::open_read(&folder)
            .map_err(|source| SessionError::RecordingNotFound { folder: folder.clone(), source })?;
        let unread = |source| SessionError::RecordingNotRead { folder: folder.clone(), source };
        let rows = recording.rows_between(wanted.from, wanted.to).map_err(unread)?;
        let WarmUpRows { count, checksum } = show_rows(rows, show, unread)?;
        if (count, &checksum) == (wanted.rows, &wanted.checksum) {
            return Ok(());
        }
        Err(SessionError::WarmUpDiffers {
            journaled: format!("then: {} rows from {}, checksum {}", wanted.rows, wanted.from, wanted.checksum),
            found: format!("now:  {count} rows, checksum {checksum}"),
        })
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.journal.path().parent().unwrap_or(Path::new("")).join(name)
    }
}
