//! One host at a time: two on one account would send every order twice.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::LiveError;

/// The file that is locked, within an account's folder.
const LOCK_FILE: &str = "lock";
/// How often, and how far apart, it is tried.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// A folder's lock. The system releases it with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `folder` and notes the process that did.
    ///
    /// # Errors
    /// [`LiveError::Held`] while another store is open there; [`LiveError::Io`].
    pub(super) fn take(folder: &Path) -> Result<Lock, LiveError> {
        let path = folder.join(LOCK_FILE);
        let failed = |source| LiveError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(failed)?;
        if !try_lock(&file).map_err(failed)? {
            let mut holder = String::new();
            // Who holds it is told if it can be read; that it is held counts.
            let _ = file.read_to_string(&mut holder);
            return Err(LiveError::Held { folder: folder.to_owned(), pid: holder.trim().parse().ok() });
        }
        note(&mut file).map_err(failed)?;
        Ok(Lock { _file: file })
    }
}

/// Whether the lock was got. Who only looks whether it is held has it for a moment as well, so it is tried some times.
fn try_lock(file: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Notes the process.
fn note(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}
