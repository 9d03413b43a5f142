//! Settings that a running host takes up anew: its limits and its schedule, all at once or not at all.

use std::fmt;
use std::sync::Arc;

use host_core::risk::RiskLimits;
use host_session::schedule::Schedule;
use tokio::sync::{Mutex, MutexGuard};

use super::protocol::Failure;

/// The operator's word that a running host works with other settings.
#[derive(Clone, Debug, PartialEq)]
pub struct ReloadOrder {
    /// The limits at the whole target.
    pub limits: RiskLimits,
    /// The same for the schedule.
    pub schedule: Schedule,
    /// Each changed key with both its values, for people and the journal.
    pub changes: Vec<String>,
    pub by: String,
}

/// Settings that were read and found good.
pub struct Reloaded {
    pub limits: RiskLimits,
    pub schedule: Schedule,
    pub changes: Vec<String>,
    /// Takes up what is not the engine's, once the loop works with the rest. Returns what is to be said.
    pub finish: Box<dyn FnOnce() -> Result<String, Failure> + Send>,
}

impl fmt::Debug for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloaded").field("changes", &self.changes).finish_non_exhaustive()
    }
}

type Read = dyn Fn() -> Result<Reloaded, Failure> + Send + Sync;

/// The way in which a host reads its settings anew. They come from files, arguments and an environment, which are not
/// this crate's.
#[derive(Clone)]
pub struct Reloader {
    read: Arc<Read>,
    /// One reload at a time.
    turn: Arc<Mutex<()>>,
    /// True if a hangup (SIGHUP) means a reload.
    pub on_hangup: bool,
}

impl Reloader {
    /// Makes one that reads by `read`.
    pub fn new(on_hangup: bool, read: impl Fn() -> Result<Reloaded, Failure> + Send + Sync + 'static) -> Reloader {
        Reloader { read: Arc::new(read), turn: Arc::default(), on_hangup }
    }

    /// Waits until no other reload is under way, and keeps others off.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// They have problems, or one has changed that a running host cannot take up.
    pub fn read(&self) -> Result<Reloaded, Failure> {
        (self.read)()
    }
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("on_hangup", &self.on_hangup).finish_non_exhaustive()
    }
}
