//! Errors of a live store, told apart so that each message can name a remedy.

use std::io;
use std::path::{Path, PathBuf};

use host_core::{MarketId, OrderId, SlotId};
use rusqlite::ErrorCode;

use crate::journal::JournalError;
use host_core::OrderState;

/// A live store could not be opened, or refused an operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An error of the journal file: full disk, locked, damaged, not a journal, of another version.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another host works with the account.
    #[error(
        "another host{} works with `{}`; stop that one first, for two would send every order twice",
        holder(*pid),
        folder.display()
    )]
    Held {
        /// The account's folder.
        folder: PathBuf,
        /// The other process, if known.
        pid: Option<u32>,
    },
    /// The store belongs to another account.
    #[error(
        "the books in `{}` are those of {found}, not of {wanted}: use another `live.account` or `live.folder`",
        path.display()
    )]
    WrongAccount { path: PathBuf, found: String, wanted: String },
    /// The tables are of another version of the host.
    #[error(
        "`{}` is a live account of version {found}, this host works with {expected}: go on with the host that made it; \
         or let that one close the positions, and begin anew under another `live.account`",
        path.display()
    )]
    Version { path: PathBuf, found: i64, expected: i64 },
    /// The engine's last state was kept by a later host.
    #[error(
        "the engine's state in `{}` is of version {found}, this host works with version {expected}: go on with the \
         host that kept it",
        path.display()
    )]
    State { path: PathBuf, found: i64, expected: i64 },
    /// The journal is a symbolic link without a target.
    #[error(
        "`{}` is a link to what is not there: bring that back, or mount its disk; no new account is begun",
        path.display()
    )]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// The journal is missing, but its write-ahead log exists.
    #[error(
        "`{}` is gone, but `{}` is there: bring the journal back from a backup, or move what is left away",
        path.display(),
        wal.display()
    )]
    Gone {
        /// The missing journal.
        path: PathBuf,
        /// The write-ahead log.
        wal: PathBuf,
    },
    /// A file was taken away from a host that was writing it.
    #[error("`{}` {how} while the host was writing it, so nothing more can be written down", path.display())]
    Lost {
        path: PathBuf,
        /// The rest of a sentence about the file.
        how: &'static str,
    },
    /// The disk or its driver reported an error.
    #[error("the disk under `{}` fails ({reason}): see the system's log, put it right and start again", path.display())]
    Disk {
        path: PathBuf,
        /// SQLite's message.
        reason: String,
    },
    /// The file cannot be opened or written.
    #[error(
        "`{}` cannot be opened or written ({reason}): check who owns it, its mode, and whether its disk is mounted \
         to write",
        path.display()
    )]
    NoAccess {
        path: PathBuf,
        /// SQLite's message.
        reason: String,
    },
    /// The operating system refused an operation.
    #[error("cannot open `{}`: {source}; check who owns it and what its mode is", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        source: io::Error,
    },
    /// An earlier commit failed.
    #[error("`{}` takes nothing more since a commit failed ({reason}); put that right and start again", path.display())]
    Stopped {
        path: PathBuf,
        /// The error of the failed commit.
        reason: String,
    },
    /// A number was given to two orders.
    #[error("order {} was written down before: a number is used once; this is a bug of the host", order.0)]
    Repeated { order: OrderId },
    /// There is no order of this number.
    #[error("order {} was never written down; this is a bug of the host", order.0)]
    NoOrder { order: OrderId },
    /// The order's state does not allow the transition.
    #[error("order {} is {from} and cannot become {to}; nothing was changed", order.0)]
    Transition { order: OrderId, from: OrderState, to: OrderState },
    /// The operation is not valid for the order.
    #[error("order {}: {reason}; nothing was changed", order.0)]
    Order { order: OrderId, reason: String },
    /// The fill is recorded already.
    #[error("the venue's fill `{venue_id}` was written down before; nothing was changed")]
    KnownFill {
        /// The venue's id of the fill.
        venue_id: String,
    },
    /// The market has another number, or its number leaves a gap.
    #[error("market `{ticker}` cannot get number {}: {reason}", market.0)]
    Market { ticker: String, market: MarketId, reason: String },
    /// The order is of a slot without a strategy.
    #[error("order {} is of slot {}, which never had a strategy; this is a bug of the host", order.0, slot.0)]
    NoStrategy { order: OrderId, slot: SlotId },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or(String::new(), |pid| format!(" (process {pid})"))
}

/// The error of an operation, before the path of the file is added.
#[derive(Debug)]
pub(super) enum OperationError {
    Sqlite(rusqlite::Error),
    Live(StoreError),
    /// The file has content that the host did not write.
    Damaged(String),
    /// A value cannot be serialised.
    Unwritable(String),
}

impl From<rusqlite::Error> for OperationError {
    fn from(error: rusqlite::Error) -> OperationError {
        OperationError::Sqlite(error)
    }
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> OperationError {
        OperationError::Live(error)
    }
}

impl From<JournalError> for OperationError {
    fn from(error: JournalError) -> OperationError {
        match error {
            JournalError::Sqlite { source, .. } => OperationError::Sqlite(source),
            error => OperationError::Live(error.into()),
        }
    }
}

impl OperationError {
    /// Returns the error with the path of the file.
    pub(super) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            OperationError::Live(error) => error,
            OperationError::Damaged(reason) => JournalError::Damaged { path, reason }.into(),
            OperationError::Unwritable(reason) => JournalError::Unwritable { path, reason }.into(),
            OperationError::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::SystemIoFailure) => StoreError::Disk { path, reason: error.to_string() },
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    StoreError::NoAccess { path, reason: error.to_string() }
                }
                _ => JournalError::from_sqlite(&path)(error).into(),
            },
        }
    }
}

impl StoreError {
    /// Returns true if the file itself may be at fault, so that nothing more must be written to it.
    pub(super) fn is_of_the_file(&self) -> bool {
        matches!(
            self,
            StoreError::Journal(_) | StoreError::Disk { .. } | StoreError::NoAccess { .. } | StoreError::Io { .. }
        )
    }
}
