//! One host at a time: two on one account would send every order twice.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::LiveError;
use crate::journal::JournalError;

/// The file that is locked, within an account's folder.
pub(super) const LOCK_FILE: &str = "lock";
/// How often, and how far apart, it is tried: who only looks whether it is held has it for a moment as well.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// A file that one host has locked. The system releases it with the process, however that ends.
#[derive(Debug)]
pub struct HostLock {
    _file: File,
}

/// The host that has a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// Its process.
    pub pid: u32,
    /// The account's folder that it works with.
    pub folder: PathBuf,
}

impl HostLock {
    /// Locks the file at `path`, which is made if it is not there, and notes in it this process and the account's `folder`.
    ///
    /// # Errors
    /// [`LiveError::Held`] while another host has it; [`LiveError::Io`]; a full disk ([`LiveError::Journal`]).
    pub fn take(path: &Path, folder: &Path) -> Result<HostLock, LiveError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::StorageFull => JournalError::Full { path: path.to_owned() }.into(),
            _ => LiveError::Io { path: path.to_owned(), source },
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
                // Somebody removed the file in between: only the one that is there now keeps others out.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        // Who holds it is told if it can be read; that it is held counts.
        let (pid, folder) = match read(path) {
            Some(LockHolder { pid, folder }) => (Some(pid), folder),
            None => (None, folder.to_owned()),
        };
        Err(LiveError::Held { folder, pid })
    }

    /// Who has the lock at `path` just now. What cannot be looked at counts as not held: this is only for telling people.
    pub fn holder(path: &Path) -> Option<LockHolder> {
        let file = File::open(path).ok()?;
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)).then(|| read(path)).flatten()
    }
}

/// Whether the open file is the one that `path` names.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((own.dev(), own.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A line for the process, one for the folder.
fn note(file: &mut File, folder: &Path) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let folder = std::path::absolute(folder)?;
    file.write_all(format!("{}\n", std::process::id()).as_bytes())?;
    file.write_all(folder.as_os_str().as_encoded_bytes())
}

fn read(path: &Path) -> Option<LockHolder> {
    let mut noted = String::new();
    File::open(path).and_then(|mut file| file.read_to_string(&mut noted)).ok()?;
    let (pid, folder) = noted.split_once('\n')?;
    Some(LockHolder { pid: pid.parse().ok()?, folder: PathBuf::from(folder) })
}
