//! What can go wrong with a journal, told apart so that each has its way out.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Something is at the path of a new journal.
    #[error("`{}` exists already: a run gets a journal of its own; choose another name", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Nothing is there.
    #[error("there is no journal at `{}`", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{}` is no journal of this host", path.display())]
    NotAJournal {
        /// Which file.
        path: PathBuf,
    },
    /// Another version of the host wrote it.
    #[error("`{}` has schema version {found}, this host reads up to {expected}; use the host that wrote it", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        expected: i64,
    },
    /// It has records, but no events.
    #[error("`{}` is of a host that kept no events: it can be read and reported on, but not replayed", path.display())]
    NoEvents {
        /// Which file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("`{}` is damaged: {reason}; records before the damage can still be read", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Someone else holds it.
    #[error("`{}` is locked by another process; close that and try again", path.display())]
    Locked {
        /// Which file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk is full: `{}` keeps what was committed, nothing more can be added; free some space", path.display())]
    Full {
        /// Which file.
        path: PathBuf,
    },
    /// Something cannot be written down.
    #[error("a record cannot be written to `{}`: {reason}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot create `{}`: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Anything else that SQLite says.
    #[error("journal `{}`: {source}", path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
}

impl JournalError {
    /// Tells apart what SQLite says.
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
