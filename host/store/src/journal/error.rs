//! Errors of a journal, told apart so that each message can name a remedy.

use std::io;
use std::path::{Path, PathBuf};

use host_core::Timestamp;
use rusqlite::ErrorCode;

/// A journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The run that the journal is of cannot be gone on with.
    #[error("{} cannot be gone on with: {reason}", path.display())]
    Ended { path: PathBuf, reason: String },
    /// Something exists at the path of a new journal.
    #[error("`{}` exists already: a run gets a journal of its own; choose another name", path.display())]
    Exists { path: PathBuf },
    /// There is no file at the path.
    #[error("there is no journal at `{}`", path.display())]
    Missing { path: PathBuf },
    /// The file is not a journal.
    #[error("`{}` is no journal of this host", path.display())]
    NotAJournal { path: PathBuf },
    /// The journal was written by a newer version of the host.
    #[error(
        "`{}` has schema version {found}, this host reads up to {expected}; use the host that wrote it",
        path.display()
    )]
    Version { path: PathBuf, found: i64, expected: i64 },
    /// The journal has records, but no events.
    #[error("`{}` is of a host that kept no events: it can be read and reported on, but not replayed", path.display())]
    NoEvents { path: PathBuf },
    /// The file is damaged.
    #[error("`{}` is damaged: {reason}; records before the damage can still be read", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// The journal refers to a poll in the recording beside it, which has lost it.
    #[error(
        "`{}` refers to the poll of {time} in the recording `{}`: {reason}; bring back the whole folder, journal \
         and recording, because they belong together",
        path.display(), folder.display()
    )]
    PollLost {
        path: PathBuf,
        /// The recording.
        folder: PathBuf,
        time: Timestamp,
        reason: String,
    },
    /// The file is a copy, made by other means than a backup, of a journal that was being written.
    #[error(
        "`{}` is a copy of a journal that was being written: {reason}; make copies with `host backup`, or after the \
         run has ended",
        path.display()
    )]
    Torn {
        path: PathBuf,
        /// The part that is missing.
        reason: &'static str,
    },
    /// The archive beside the journal cannot be read or written.
    #[error("the journal's archive `{}` cannot be read or written: {source}", path.display())]
    Archive { path: PathBuf, source: io::Error },
    /// Another process holds a lock on the file.
    #[error("`{}` is locked by another process; close that and try again", path.display())]
    Locked { path: PathBuf },
    /// The disk is full.
    #[error(
        "the disk is full: `{}` keeps what was committed, nothing more can be added; free some space",
        path.display()
    )]
    Full { path: PathBuf },
    /// A value cannot be serialised.
    #[error("a record cannot be written to `{}`: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    /// The operating system refused to create the file.
    #[error("cannot create `{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Any other error of SQLite.
    #[error("journal `{}`: {source}", path.display())]
    Sqlite { path: PathBuf, source: rusqlite::Error },
}

impl JournalError {
    /// Returns a function that turns SQLite's errors about the file at `path` into the variants above.
    pub(crate) fn from_sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> JournalError + use<> {
        let path = path.to_owned();
        move |source| {
            let path = path.clone();
            match source.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => JournalError::NotAJournal { path },
                Some(ErrorCode::DatabaseCorrupt) => JournalError::Damaged { path, reason: source.to_string() },
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Locked { path },
                Some(ErrorCode::DiskFull) => JournalError::Full { path },
                _ => JournalError::Sqlite { path, source },
            }
        }
    }
}
