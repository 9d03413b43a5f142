//! The kill switch: once engaged, no order leaves, over a restart and a full disk, until a person resumes.
//!
//! In memory it is two counters, read where an order leaves; on disk it is the file `KILLED`. Memory comes first, so
//! that nothing more leaves even if the file cannot be written. The file says "killed" by being there: one that cannot
//! be read, or was made with `touch`, kills as well. Only [`KillSwitch::release`] may release the switch.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use host_core::Timestamp;
use host_system::{capped, clock, files};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::resume_note::ResumeNote;
use crate::account_dir::AccountDir;
use crate::account_dir::is_there;

/// An engagement of the switch: the content of `KILLED`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Killed {
    /// UTC.
    pub time: String,
    pub by: String,
    pub reason: String,
}

/// The reason why the switch could not do all that it should.
#[derive(Debug, Error)]
pub enum KillSwitchError {
    /// Nothing leaves now, but after a restart it would.
    #[error(
        "killed, but {path} cannot be written, so a restart would trade again: {source}; free the disk or fix \
         the folder's permissions"
    )]
    NotLatched { path: String, source: io::Error },
    /// It was killed again after the request to resume.
    #[error("killed again meanwhile: look why, then resume again")]
    KilledAgain,
    /// The latch cannot be taken off the disk.
    #[error("still killed: {path} cannot be removed: {source}; fix the folder's permissions, then resume again")]
    NotReleased { path: String, source: io::Error },
}

/// A handle to the kill switch of an account; clones are the same switch.
#[derive(Clone, Debug)]
pub struct KillSwitch(Arc<SwitchState>);

#[derive(Debug)]
struct SwitchState {
    folder: AccountDir,
    /// The number of engagements so far.
    engaged: AtomicU64,
    /// The last engagement that was released. Counters, because a kill that comes during a resume must win.
    released: AtomicU64,
    /// The number of orders that have been let out and not been answered, and of those that wait for their turn.
    leaving: AtomicUsize,
    /// The first engagement. Locked for moments only.
    killed: Mutex<Option<Killed>>,
    /// True once the file is written. Keeps writers of the file apart, and may be locked for as long as a disk hangs.
    on_disk: Mutex<bool>,
}

/// The result of a look at the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileLook {
    /// Nothing new.
    Same,
    /// Someone made the file by hand: the switch is engaged from now on.
    Engaged,
    /// The file could not be written before, or was removed by hand, and is there again.
    Latched,
}

impl KillSwitch {
    /// Loads the switch of the account in `folder`: it is engaged if `KILLED` is there.
    pub fn load(folder: &AccountDir) -> KillSwitch {
        let killed = read(folder);
        let is_killed = killed.is_some();
        KillSwitch(Arc::new(SwitchState {
            folder: folder.clone(),
            engaged: AtomicU64::new(u64::from(is_killed)),
            released: AtomicU64::new(0),
            leaving: AtomicUsize::new(0),
            killed: Mutex::new(killed),
            on_disk: Mutex::new(is_killed),
        }))
    }

    /// Returns true if no order may leave.
    pub fn is_engaged(&self) -> bool {
        self.0.engaged.load(Ordering::SeqCst) > self.0.released.load(Ordering::SeqCst)
    }

    /// Returns the engagement, if it is engaged.
    pub fn killed(&self) -> Option<Killed> {
        lock(&self.0.killed).clone()
    }

    /// Returns the number of engagements so far, which [`KillSwitch::release`] takes.
    pub fn engagements(&self) -> u64 {
        self.0.engaged.load(Ordering::SeqCst)
    }

    /// Counts an order that is about to leave, until the returned guard is dropped. To be called before the switch is
    /// read for the last time.
    pub fn leaving(&self) -> Leaving {
        self.0.leaving.fetch_add(1, Ordering::SeqCst);
        Leaving(self.clone())
    }

    /// Returns true if an order may be on its way: the venue may show it later.
    pub fn is_any_leaving(&self) -> bool {
        self.0.leaving.load(Ordering::SeqCst) > 0
    }

    /// Lets nothing leave from this moment on, and waits for nothing; [`KillSwitch::latch`] must follow. The first
    /// engagement is the one that is shown.
    pub fn engage_now(&self, reason: &str, by: &str) {
        self.0.engaged.fetch_add(1, Ordering::SeqCst);
        let killed =
            Killed { time: Timestamp(clock::unix_nanos()).to_string(), by: by.to_owned(), reason: reason.to_owned() };
        lock(&self.0.killed).get_or_insert(killed);
    }

    /// Lets nothing leave from this moment on, then writes the file.
    ///
    /// # Errors
    /// As [`KillSwitch::latch`].
    pub fn engage(&self, reason: &str, by: &str) -> Result<(), KillSwitchError> {
        self.engage_now(reason, by);
        self.latch()
    }

    /// Writes the file of an engagement, however long that takes.
    ///
    /// # Errors
    /// The file cannot be written: the switch is engaged all the same, and [`KillSwitch::look`] tries the file again.
    pub fn latch(&self) -> Result<(), KillSwitchError> {
        self.to_disk(&mut lock(&self.0.on_disk))
    }

    /// Lets orders leave again, unless it was engaged again since `seen` engagements.
    ///
    /// # Errors
    /// It was, or the file cannot be removed. Then it is still engaged.
    pub fn release(&self, seen: u64) -> Result<(), KillSwitchError> {
        let mut on_disk = lock(&self.0.on_disk);
        // Another process may have killed as well: then the file is another.
        let is_another = *on_disk && read(&self.0.folder) != self.killed();
        if self.engagements() != seen || is_another {
            return Err(KillSwitchError::KilledAgain);
        }
        let path = self.0.folder.killed();
        files::remove_durably(&path)
            .map_err(|source| KillSwitchError::NotReleased { path: path.display().to_string(), source })?;
        *on_disk = false;
        let mut killed = lock(&self.0.killed);
        // Not "engaged = released": an engagement since the check above has counted on, and wins.
        self.0.released.store(seen, Ordering::SeqCst);
        if !self.is_engaged() {
            *killed = None;
        }
        Ok(())
    }

    /// Compares the file with the switch: a file made by hand kills; a file that is missing while killed is written
    /// again.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn look(&self) -> Result<FileLook, KillSwitchError> {
        let mut on_disk = match self.0.on_disk.try_lock() {
            Ok(on_disk) => on_disk,
            Err(TryLockError::Poisoned(on_disk)) => on_disk.into_inner(),
            // Another thread is at the file already, perhaps on a disk that hangs: this one has cancels to send.
            Err(TryLockError::WouldBlock) => return Ok(FileLook::Same),
        };
        let found = read(&self.0.folder);
        match (self.is_engaged(), found) {
            (false, Some(killed)) => {
                self.0.engaged.fetch_add(1, Ordering::SeqCst);
                lock(&self.0.killed).get_or_insert(killed);
                *on_disk = true;
                Ok(FileLook::Engaged)
            }
            (true, None) => {
                *on_disk = false;
                self.to_disk(&mut on_disk).map(|()| FileLook::Latched)
            }
            _ => Ok(FileLook::Same),
        }
    }

    fn to_disk(&self, on_disk: &mut bool) -> Result<(), KillSwitchError> {
        let folder = &self.0.folder;
        let path = folder.killed();
        let written = match self.killed() {
            Some(killed) if !*on_disk => {
                let content = serde_json::to_vec_pretty(&killed).unwrap_or_default();
                folder.create().and_then(|()| files::replace_durably(&path, &content))
            }
            _ => Ok(()),
        };
        // A resume from before this kill must not outlive it.
        let written = written.and_then(|()| ResumeNote::void(folder));
        written.map_err(|source| KillSwitchError::NotLatched { path: path.display().to_string(), source })?;
        *on_disk = true;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panic left behind is whole: each value is set at once.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An order that may be on its way.
#[derive(Debug)]
pub struct Leaving(KillSwitch);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.0.leaving.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns the content of `KILLED`, if it is there in any way.
fn read(folder: &AccountDir) -> Option<Killed> {
    let path = folder.killed();
    let unreadable = |why: String| Killed { time: "an unknown time".into(), by: "someone".into(), reason: why };
    match capped::read(&path, capped::SETTINGS) {
        Ok(content) if content.is_empty() => Some(unreadable(format!("{} was made by hand", path.display()))),
        Ok(content) => Some(serde_json::from_slice(&content).unwrap_or_else(|_| {
            let first = String::from_utf8_lossy(&content).lines().next().unwrap_or_default().to_owned();
            unreadable(format!("{} says: {first}", path.display()))
        })),
        Err(_) if !is_there(&path) => None,
        Err(error) => Some(unreadable(format!("{} cannot be read: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests;
