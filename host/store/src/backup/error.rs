//! Errors of backups, told apart so that each message can name a remedy.

use std::io;
use std::path::{Path, PathBuf};

use crate::journal::JournalError;
use crate::live::StoreError;

/// A backup could not be made, verified or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something exists where the backup is to be written, or restored.
    #[error("`{}` exists already: it is not replaced; choose another name", path.display())]
    Exists { path: PathBuf },
    /// An account is where the backup is to be restored.
    #[error("`{}` is not replaced: it holds {held}, and the backup {backup}", path.display())]
    Occupied {
        path: PathBuf,
        /// The account, its events and the last one's time, in words.
        held: String,
        backup: String,
    },
    /// The backup is of another account than the one that the folder is for.
    #[error("`{}` is the folder of {wanted}, and the backup is of {found}", path.display())]
    OtherAccount { path: PathBuf, wanted: String, found: String },
    /// The account's journal is of a run without an account.
    #[error("`{}` is not the journal of a live account", path.display())]
    NoAccount { path: PathBuf },
    /// The account's journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The account's tables cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The host finished days of the recording faster than they could be copied.
    #[error("the recording `{}` changed each time while it was read; try again", path.display())]
    Busy { path: PathBuf },
    /// The file is not a backup.
    #[error("`{}` is no backup of this host", path.display())]
    NotABackup { path: PathBuf },
    /// The backup was made by a newer host.
    #[error("`{}` has format {found}, this host reads {expected}; use the host that made it", path.display())]
    Format { path: PathBuf, found: u32, expected: u32 },
    /// The backup is damaged.
    #[error("`{}` is damaged: {reason}; use another backup", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// The operating system refused an operation.
    #[error("cannot {what} `{}`: {source}", path.display())]
    Io {
        /// The operation as a verb.
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl BackupError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
        let path = path.to_owned();
        move |source| BackupError::Io { what, path: path.clone(), source }
    }

    pub(super) fn damaged(path: &Path, reason: impl ToString) -> BackupError {
        BackupError::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}
