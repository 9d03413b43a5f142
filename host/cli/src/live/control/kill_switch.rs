//! The kill switch: once engaged, no order leaves, over a restart and a full disk, until a person resumes.
//!
//! In memory it is two counters, read where an order leaves; on disk it is the file `KILLED`. Memory comes first, so that
//! nothing more leaves even if the file cannot be written. The file says "killed" by being there: one that cannot be read, or
//! was made with `touch`, kills as well. It must never be released by anything but [`KillSwitch::release`].

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::durable;
use super::note::ResumeNote;
use crate::live::folder::AccountFolder;

/// Who killed, when and why: the content of `KILLED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Killed {
    /// When, UTC.
    pub time: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Why the switch could not do all that it should.
#[derive(Debug, Error)]
pub enum KillSwitchError {
    /// Nothing leaves now, but after a restart it would.
    #[error(
        "killed, but {path} cannot be written, so a restart would trade again: {source}; free the disk or fix the folder's permissions"
    )]
    NotLatched {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It was killed again after the wish to resume.
    #[error("killed again meanwhile: look why, then resume again")]
    KilledAgain,
    /// The latch cannot be taken off the disk.
    #[error("still killed: {path} cannot be removed: {source}; fix the folder's permissions, then resume again")]
    NotReleased {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// A handle to the kill switch of an account; clones are the same switch.
#[derive(Clone, Debug)]
pub struct KillSwitch(Arc<State>);

#[derive(Debug)]
struct State {
    folder: AccountFolder,
    /// How often it was engaged.
    engaged: AtomicU64,
    /// The last engagement that a person has released. Counters, because a kill that comes while someone resumes must win.
    released: AtomicU64,
    /// Who is to blame, and whether the disk knows. Also keeps writers of the file apart.
    latch: Mutex<Latch>,
}

#[derive(Debug, Default)]
struct Latch {
    killed: Option<Killed>,
    on_disk: bool,
}

/// What a look at the file found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing new.
    Same,
    /// Someone made the file: the switch is engaged from now on.
    Engaged,
    /// The file could not be written before, or was removed by hand, and is there again.
    Latched,
}

impl KillSwitch {
    /// The switch of the account in `folder`: killed if `KILLED` is there.
    pub fn load(folder: &AccountFolder) -> KillSwitch {
        let killed = read(folder);
        let engaged = u64::from(killed.is_some());
        let latch = Latch { on_disk: killed.is_some(), killed };
        KillSwitch(Arc::new(State {
            folder: folder.clone(),
            engaged: AtomicU64::new(engaged),
            released: AtomicU64::new(0),
            latch: Mutex::new(latch),
        }))
    }

    /// Whether no order may leave.
    pub fn is_engaged(&self) -> bool {
        self.0.engaged.load(Ordering::SeqCst) > self.0.released.load(Ordering::SeqCst)
    }

    /// Who killed and why, if it is killed.
    pub fn killed(&self) -> Option<Killed> {
        self.lock().killed.clone()
    }

    /// How often it was engaged so far: what [`KillSwitch::release`] wants to hear.
    pub fn engagements(&self) -> u64 {
        self.0.engaged.load(Ordering::SeqCst)
    }

    /// Lets nothing leave from this moment on, then brings that to the disk. Who came first stays to blame.
    ///
    /// # Errors
    /// The file cannot be written: the switch is engaged all the same, and [`KillSwitch::look`] tries the file again.
    pub fn engage(&self, reason: &str, by: &str) -> Result<(), KillSwitchError> {
        // Before the lock: a slow disk under another writer must not delay it.
        self.0.engaged.fetch_add(1, Ordering::SeqCst);
        let mut latch = self.lock();
        let killed = Killed { time: wall_now().to_string(), by: by.to_owned(), reason: reason.to_owned() };
        latch.killed.get_or_insert(killed);
        self.to_disk(&mut latch)
    }

    /// Lets orders leave again, unless it was engaged again since `seen` engagements.
    ///
    /// # Errors
    /// It was, or the file cannot be removed. Then it is still engaged.
    pub fn release(&self, seen: u64) -> Result<(), KillSwitchError> {
        let mut latch = self.lock();
        if self.engagements() != seen {
            return Err(KillSwitchError::KilledAgain);
        }
        let path = self.0.folder.killed();
        durable::remove(&path)
            .map_err(|source| KillSwitchError::NotReleased { path: path.display().to_string(), source })?;
        *latch = Latch::default();
        // Not "engaged = released": an engagement since the check above has counted on, waits for the lock, and wins.
        self.0.released.store(seen, Ordering::SeqCst);
        Ok(())
    }

    /// Compares the file with the switch: a file made by hand kills; a file that is missing while killed is written again.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn look(&self) -> Result<Look, KillSwitchError> {
        let mut latch = self.lock();
        let found = read(&self.0.folder);
        match (self.is_engaged(), found) {
            (false, Some(killed)) => {
                self.0.engaged.fetch_add(1, Ordering::SeqCst);
                *latch = Latch { killed: Some(killed), on_disk: true };
                Ok(Look::Engaged)
            }
            (true, None) => {
                latch.on_disk = false;
                // Someone has engaged it and waits for the lock: it is his to say why.
                if latch.killed.is_none() {
                    return Ok(Look::Same);
                }
                self.to_disk(&mut latch).map(|()| Look::Latched)
            }
            _ => Ok(Look::Same),
        }
    }

    fn to_disk(&self, latch: &mut Latch) -> Result<(), KillSwitchError> {
        let folder = &self.0.folder;
        let path = folder.killed();
        let written = match &latch.killed {
            Some(killed) if !latch.on_disk => {
                let content = serde_json::to_vec_pretty(killed).unwrap_or_default();
                folder.create().and_then(|()| durable::write(&path, &content))
            }
            _ => Ok(()),
        };
        // A resume from before this kill must not outlive it.
        let written = written.and_then(|()| ResumeNote::void(folder));
        written.map_err(|source| KillSwitchError::NotLatched { path: path.display().to_string(), source })?;
        latch.on_disk = true;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Latch> {
        // What a panic left behind is whole: each field is set at once.
        self.0.latch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `KILLED` says, if it is there in any way.
fn read(folder: &AccountFolder) -> Option<Killed> {
    let path = folder.killed();
    let unreadable = |why: String| Killed { time: "an unknown time".into(), by: "someone".into(), reason: why };
    match fs::read(&path) {
        Ok(content) if content.is_empty() => Some(unreadable(format!("{} was made by hand", path.display()))),
        Ok(content) => Some(serde_json::from_slice(&content).unwrap_or_else(|_| {
            let first = String::from_utf8_lossy(&content).lines().next().unwrap_or_default().to_owned();
            unreadable(format!("{} says: {first}", path.display()))
        })),
        Err(_) if !is_there(&path) => None,
        Err(error) => Some(unreadable(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// Whether there is a file of this name. If that cannot be said, there may be one.
pub(super) fn is_there(path: &Path) -> bool {
    !matches!(fs::symlink_metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// The machine's time: a kill is real, whatever clock the trade goes by.
pub(super) fn wall_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
