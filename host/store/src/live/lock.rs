//! The lock that admits one host at a time: two hosts on one account would send every order twice.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use host_system::capped;

use super::StoreError;
use crate::journal::JournalError;

/// Name of the lock file within the account's folder.
pub(crate) const LOCK_FILE: &str = "lock";
/// Number of attempts, and the pause between them. More than one, because a process that only checks whether the lock
/// is held holds it for a moment itself.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// A lock on a file. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct HostLock {
    _file: File,
}

/// The host that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    pub pid: u32,
    /// Folder of the account that the host works with.
    pub folder: PathBuf,
}

impl HostLock {
    /// Locks the file at `path`, creating it if necessary, and writes this process' id and the account's `folder`
    /// into it.
    ///
    /// # Errors
    /// [`StoreError::Held`] while another host has the lock; [`StoreError::Io`]; [`StoreError::Journal`] on a full
    /// disk.
    pub fn take(path: &Path, folder: &Path) -> Result<HostLock, StoreError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::StorageFull => JournalError::Full { path: path.to_owned() }.into(),
            _ => StoreError::Io { path: path.to_owned(), source },
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        for _ in 0..TRIES {
            let mut file = options.open(path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, path).map_err(failed)? => {
                    note(&mut file, folder).map_err(failed)?;
                    return Ok(HostLock { _file: file });
                }
                // The file was removed in between: a lock on it keeps nobody out, only one on the new file does.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        // The holder is named if the file can be read; the error matters either way.
        let (pid, folder) = match read(path) {
            Some(LockHolder { pid, folder }) => (Some(pid), folder),
            None => (None, folder.to_owned()),
        };
        Err(StoreError::Held { folder, pid })
    }

    /// Returns the current holder of the lock at `path`, for display only: a lock that cannot be examined counts as
    /// free.
    pub fn holder(path: &Path) -> Option<LockHolder> {
        let file = capped::open(path).ok()?;
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)).then(|| read(path)).flatten()
    }
}

/// Returns true if the open file is the one at `path`.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((own.dev(), own.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a line with the process id and one with the folder.
fn note(file: &mut File, folder: &Path) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let folder = std::path::absolute(folder)?;
    file.write_all(format!("{}\n", std::process::id()).as_bytes())?;
    file.write_all(folder.as_os_str().as_encoded_bytes())
}

fn read(path: &Path) -> Option<LockHolder> {
    let mut noted = String::new();
    capped::open(path).and_then(|mut file| file.read_to_string(&mut noted)).ok()?;
    let (pid, folder) = noted.split_once('\n')?;
    Some(LockHolder { pid: pid.parse().ok()?, folder: PathBuf::from(folder) })
}
