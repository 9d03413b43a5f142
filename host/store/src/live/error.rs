//! What can go wrong with a live store, told apart so that each has its way out.

use std::io;
use std::path::{Path, PathBuf};

use host_core::{MarketId, OrderId, SlotId};
use rusqlite::ErrorCode;

use super::OutboxState;
use crate::journal::JournalError;

/// Why a live store could not be opened, or did not take something.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The journal's file: full disk, locked, damaged, foreign, of another version.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another host works on the account.
    #[error(
        "another host{} works with `{}`; stop that one first, for two would send every order twice",
        holder(*pid),
        folder.display()
    )]
    Held {
        /// The account's folder.
        folder: PathBuf,
        /// The other process, if it says so.
        pid: Option<u32>,
    },
    /// The store is of another account.
    #[error(
        "the books in `{}` are those of {found}, not of {wanted}: use another `live.account` or `live.folder`",
        path.display()
    )]
    WrongAccount {
        /// Which file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// The tables are those of another version of the host.
    #[error(
        "`{}` is a live account of version {found}, this host works with {expected}: go on with the host that made it; or let \
         that one close the positions, and begin anew under another `live.account`",
        path.display()
    )]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        expected: i64,
    },
    /// Another strategy would get what is held or ordered.
    #[error(
        "slot {} is that of the strategy `{was}`, which holds positions or has open orders in `{}`; this start gives them to \
         `{is}`: name the strategies in the order of the last start, new ones behind them",
        slot.0,
        path.display()
    )]
    Slot {
        /// Which file.
        path: PathBuf,
        /// The slot.
        slot: SlotId,
        /// Whose it was.
        was: String,
        /// Whose it would be.
        is: String,
    },
    /// Its name is there, but leads nowhere.
    #[error("`{}` is a link to what is not there: bring that back, or mount its disk; no new account is begun", path.display())]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// Part of it is missing.
    #[error(
        "`{}` is gone, but `{}` is there: bring the journal back from a backup, or move what is left away",
        path.display(),
        wal.display()
    )]
    Gone {
        /// The journal that should be there.
        path: PathBuf,
        /// Its write-ahead file.
        wal: PathBuf,
    },
    /// The disk or its driver refuses.
    #[error("the disk under `{}` fails ({reason}): see the system's log, put it right and start again", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// SQLite's words.
        reason: String,
    },
    /// The file may not be used.
    #[error(
        "`{}` cannot be opened or written ({reason}): check who owns it, its mode, and whether its disk is mounted to write",
        path.display()
    )]
    NoAccess {
        /// Which file.
        path: PathBuf,
        /// SQLite's words.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot open `{}`: {source}; check who owns it and what its mode is", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// An earlier commit failed.
    #[error("`{}` takes nothing more since a commit failed ({reason}); put that right and start again", path.display())]
    Stopped {
        /// Which file.
        path: PathBuf,
        /// What failed.
        reason: String,
    },
    /// A number was given to two orders.
    #[error("order {} was written down before: a number is used once; this is a bug of the host", order.0)]
    Repeated {
        /// Which.
        order: OrderId,
    },
    /// Nobody intended it.
    #[error("order {} was never intended; this is a bug of the host", order.0)]
    NoOrder {
        /// Which.
        order: OrderId,
    },
    /// Its state does not allow it.
    #[error("order {} is {from} and cannot become {to}; nothing was changed", order.0)]
    Transition {
        /// Which.
        order: OrderId,
        /// What it is.
        from: OutboxState,
        /// What it was to become.
        to: OutboxState,
    },
    /// It makes no sense for this order.
    #[error("order {}: {reason}; nothing was changed", order.0)]
    Order {
        /// Which.
        order: OrderId,
        /// What is wrong.
        reason: String,
    },
    /// A fill came twice.
    #[error("the venue's fill `{venue_id}` was written down before; nothing was changed")]
    KnownFill {
        /// The venue's id of it.
        venue_id: String,
    },
    /// A market's number is not what it was, or leaves a gap.
    #[error("market `{ticker}` cannot get number {}: {reason}", market.0)]
    Market {
        /// Which.
        ticker: String,
        /// Its number.
        market: MarketId,
        /// What is wrong.
        reason: String,
    },
    /// An order is for something that the store does not know.
    #[error("order {} is of slot {}, which never had a strategy; this is a bug of the host", order.0, slot.0)]
    NoStrategy {
        /// Which order.
        order: OrderId,
        /// Whose.
        slot: SlotId,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or(String::new(), |pid| format!(" (process {pid})"))
}

/// What stopped a piece of work on the store, before it is known which file it was.
#[derive(Debug)]
pub(super) enum OperationError {
    Sqlite(rusqlite::Error),
    Live(LiveError),
    /// Something in the file that the host did not write so.
    Damaged(String),
    /// Something cannot be written down.
    Unwritable(String),
}

impl From<rusqlite::Error> for OperationError {
    fn from(error: rusqlite::Error) -> OperationError {
        OperationError::Sqlite(error)
    }
}

impl From<LiveError> for OperationError {
    fn from(error: LiveError) -> OperationError {
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
    /// The error about the file at `path`.
    pub(super) fn at(self, path: &Path) -> LiveError {
        let path = path.to_owned();
        match self {
            OperationError::Live(error) => error,
            OperationError::Damaged(reason) => JournalError::Damaged { path, reason }.into(),
            OperationError::Unwritable(reason) => JournalError::Unwritable { path, reason }.into(),
            OperationError::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::SystemIoFailure) => LiveError::Disk { path, reason: error.to_string() },
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    LiveError::NoAccess { path, reason: error.to_string() }
                }
                _ => JournalError::from_sqlite(&path)(error).into(),
            },
        }
    }
}

impl LiveError {
    /// Whether the file itself may be at fault, so that nothing more is written to it.
    pub(super) fn is_of_the_file(&self) -> bool {
        matches!(
            self,
            LiveError::Journal(_) | LiveError::Disk { .. } | LiveError::NoAccess { .. } | LiveError::Io { .. }
        )
    }
}
