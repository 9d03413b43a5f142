//! The file `host.lock`: read whole, changed under a lock, replaced atomically. A damaged one is never replaced.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use host_system::guard::{ParserPanicked, guarded};
use host_system::{capped, files};
use serde::Deserialize;

use super::lock::ComponentLock;

/// The name of the file; it stands beside the configuration.
pub const LOCK_FILE: &str = "host.lock";

const HEAD: &str = "# Written by `host`: the components that ran last on paper and live, and those that a person has \
                    confirmed.\n# Keep it with your configuration. `host trust` explains it.\n";

/// The reason why the lock cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LockFileError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} has the form {found}, and this host knows forms up to {}", path.display(), ComponentLock::VERSION)]
    Newer { path: PathBuf, found: u32 },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl LockFileError {
    /// Returns the fix.
    pub fn hint(&self) -> &'static str {
        match self {
            LockFileError::Read { .. } | LockFileError::Write { .. } => {
                "check who may read and write it, and the folder that it stands in"
            }
            LockFileError::Damaged { .. } => {
                "bring it back from a backup or from version control; or move it away: then components that nobody \
                 signed have to be confirmed again, and no change is told"
            }
            LockFileError::Newer { .. } => "use the host that wrote it; or move it away, and confirm components again",
        }
    }
}

/// The place of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    path: PathBuf,
}

/// The part that every form has.
#[derive(Deserialize)]
struct Form {
    version: u32,
}

impl LockFile {
    /// Returns the lock's place in `folder`.
    pub fn within(folder: &Path) -> LockFile {
        LockFile { path: folder.join(LOCK_FILE) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the lock; without a file it is empty.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or is of a newer host.
    pub fn read(&self) -> Result<ComponentLock, LockFileError> {
        let path = || self.path.clone();
        let text = match capped::read_to_string(&self.path, capped::SETTINGS) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ComponentLock::default()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(LockFileError::Damaged { path: path(), reason: "it is no text".to_owned() });
            }
            Err(source) => return Err(LockFileError::Read { path: path(), source }),
        };
        let damaged = |error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|&b| b == b'\n').count());
            LockFileError::Damaged { path: path(), reason: format!("line {line}: {}", error.message()) }
        };
        let panicked = |error: ParserPanicked| LockFileError::Damaged { path: path(), reason: error.to_string() };
        let form: Form = guarded("the file", || toml::from_str(&text)).map_err(panicked)?.map_err(damaged)?;
        if form.version != ComponentLock::VERSION {
            return Err(LockFileError::Newer { path: path(), found: form.version });
        }
        let lock: ComponentLock = toml::from_str(&text).map_err(damaged)?;
        match lock.is_printable() {
            true => Ok(lock),
            false => {
                Err(LockFileError::Damaged { path: path(), reason: "it has texts that no host writes".to_owned() })
            }
        }
    }

    /// Reads the lock, lets `change` alter it, and writes it, so that it survives a power cut. Another host that does
    /// so at the same time waits.
    ///
    /// # Errors
    /// Those of [`LockFile::read`], and it cannot be written; then it is as it was.
    pub fn update(&self, change: impl FnOnce(&mut ComponentLock)) -> Result<(), LockFileError> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Some file systems have no locks; there the later of two writers wins.
        let held = File::open(folder);
        let _ = held.as_ref().map(File::lock);
        let mut lock = self.read()?;
        change(&mut lock);
        let failed = |source| LockFileError::Write { path: self.path.clone(), source };
        let text = toml::to_string(&lock).map_err(|error| failed(io::Error::other(error)))?;
        files::replace_durably(&self.path, format!("{HEAD}\n{text}").as_bytes()).map_err(failed)
    }
}
