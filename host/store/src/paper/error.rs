//! Errors of the ledger of a pretend account.

use std::path::PathBuf;

use thiserror::Error;

/// The ledger of a pretend account could not be opened, read or written.
#[derive(Debug, Error)]
pub enum LedgerError {
    #[error("there is no ledger at `{}`", path.display())]
    Missing { path: PathBuf },
    /// Another process has written the ledger since it was read last: nothing was changed.
    #[error("`{}` was written by another process", path.display())]
    Changed { path: PathBuf },
    #[error("`{}` is the ledger of {found}, not of {wanted}", path.display())]
    WrongAccount { path: PathBuf, found: String, wanted: String },
    #[error("`{}` is a ledger of version {found}, this host works with {expected}", path.display())]
    Version { path: PathBuf, found: i64, expected: i64 },
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("`{}` cannot be read or written: {source}", path.display())]
    Sqlite {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("`{}` cannot be made: {source}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// An error before the path of the file is added.
#[derive(Debug)]
pub(super) enum LedgerFault {
    Sqlite(rusqlite::Error),
    Damaged(String),
    Changed,
}

impl From<rusqlite::Error> for LedgerFault {
    fn from(error: rusqlite::Error) -> LedgerFault {
        LedgerFault::Sqlite(error)
    }
}

impl From<serde_json::Error> for LedgerFault {
    fn from(error: serde_json::Error) -> LedgerFault {
        LedgerFault::Damaged(error.to_string())
    }
}

impl LedgerFault {
    pub(super) fn at(self, path: &std::path::Path) -> LedgerError {
        let path = path.to_owned();
        match self {
            LedgerFault::Sqlite(source) => LedgerError::Sqlite { path, source },
            LedgerFault::Damaged(reason) => LedgerError::Damaged { path, reason },
            LedgerFault::Changed => LedgerError::Changed { path },
        }
    }
}
