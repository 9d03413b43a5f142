//! What can be wrong with a tape, said so that a person can act on it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a tape could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// There is nothing, or something else, at the path.
    #[error("`{}` is no tape: {reason}; make one with `host data import` or `host data generate`", path.display())]
    NotATape {
        /// Where.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The tape's description cannot be used.
    #[error("`{}` cannot be used: {reason}", path.display())]
    BadDescription {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A day's file is cut short, damaged, or no Parquet file.
    #[error("`{}` is truncated or damaged: {reason}; the days before it are intact", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// A day's file has other columns than a tape has.
    #[error("`{}` has the wrong columns: {reason}", path.display())]
    WrongColumns {
        /// Which file.
        path: PathBuf,
        /// Which column, and what was expected.
        reason: String,
    },
    /// A row breaks the rules of a tape.
    #[error("`{}`, row {row}: {problem}; the rows before it are intact", path.display())]
    BadRow {
        /// Which file.
        path: PathBuf,
        /// Which row of it, from 0.
        row: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// Rows or markets given to the writer break the rules of a tape; nothing was written.
    #[error("cannot write the tape `{}`: {reason}", path.display())]
    Refused {
        /// The tape.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {action} `{}`: {}", path.display(), explain(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl TapeError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TapeError {
        move |source| TapeError::Io { action, path: path.to_owned(), source }
    }
}

/// The system's words, with the way out where there is one.
fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{error}: the disk is full; free some space or write elsewhere")
        }
        io::ErrorKind::FileTooLarge => format!("{error}: the file system or a limit allows no larger file"),
        _ => error.to_string(),
    }
}
