//! Errors of a tape, with messages that a person can act on.

use std::io;
use std::path::{Path, PathBuf};

/// A tape could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The path does not exist, or is not a tape.
    #[error("`{}` is no tape: {reason}; make one with `host data import` or `host data generate`", path.display())]
    NotATape { path: PathBuf, reason: String },
    /// The description of the tape, `tape.json` or `markets.json`, is invalid.
    #[error("`{}` cannot be used: {reason}", path.display())]
    BadDescription { path: PathBuf, reason: String },
    /// A day's file is truncated, damaged, or not a Parquet file.
    #[error("`{}` is truncated or damaged: {reason}; the days before it are intact", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// A day's file does not have the columns of a tape.
    #[error("`{}` has the wrong columns: {reason}", path.display())]
    WrongColumns {
        path: PathBuf,
        /// The wrong column, and the expected one.
        reason: String,
    },
    /// A row breaks the rules of a tape.
    #[error("`{}`, row {row}: {problem}; the rows before it are intact", path.display())]
    BadRow {
        path: PathBuf,
        /// Number of the row in the file, from 0.
        row: u64,
        problem: String,
    },
    /// Rows or markets given to the writer break the rules of a tape; nothing was written.
    #[error("cannot write the tape `{}`: {reason}", path.display())]
    Refused { path: PathBuf, reason: String },
    /// The operating system refused an operation.
    #[error("cannot {action} `{}`: {}", path.display(), explain(source))]
    Io {
        /// The operation, as a verb phrase that the path completes.
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl TapeError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TapeError {
        move |source| TapeError::Io { action, path: path.to_owned(), source }
    }
}

/// Returns the system's message, with a remedy if there is one.
fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{error}: the disk is full; free some space or write elsewhere")
        }
        io::ErrorKind::FileTooLarge => format!("{error}: the file system or a limit allows no larger file"),
        _ => error.to_string(),
    }
}
