//! Errors of a tape, with messages that a person can act on.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

/// A tape could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The path does not exist, or is not a tape.
    #[error("`{}` is no tape: {reason}; make one with `host data import` or `host data generate`", path.display())]
    NotATape { path: PathBuf, reason: String },
    /// The description of the tape, `tape.json`, `markets.json` or `additions.jsonl`, is invalid.
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

    /// Returns the refusal of what the writer of the tape `path` was given.
    pub(super) fn refused(path: &Path, reason: String) -> TapeError {
        TapeError::Refused { path: path.to_owned(), reason }
    }

    /// Returns the error of an encoder of the tape `path`, whose folder has a temporary name that would mean nothing to
    /// anybody.
    pub(super) fn unwritten(path: &Path, error: ParquetError) -> TapeError {
        TapeError::Io { action: "write the tape", path: path.to_owned(), source: io_error(error) }
    }
}

/// Returns the system's error if it stopped the encoder, else `error` itself.
pub(crate) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
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
