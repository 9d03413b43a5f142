//! What can go wrong with a recording, said so that a person can act on it.

use std::io;
use std::path::{Path, PathBuf};

use host_core::{MarketId, Timestamp};

use crate::tape::TapeError;

/// Why a recording could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The system refused a file (a full disk, say), or a file of the tape is damaged. What was recorded stays; an
    /// append may be tried again.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// Another process records into the folder.
    #[error("`{}` is being recorded by another process; stop that one or record elsewhere", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something that no host may add to.
    #[error("cannot record into `{}`: {reason}; choose another folder", path.display())]
    NotARecording {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What it is.
        reason: String,
    },
    /// A poll that is not later than the last one: it was recorded already, or the clock went back.
    #[error("the poll of {time} is not later than the last one that was recorded, {last}; nothing was recorded")]
    NotLater {
        /// Time of the poll.
        time: Timestamp,
        /// Time of the last recorded poll.
        last: Timestamp,
    },
    /// A market came under another number than it has.
    #[error("market `{ticker}` is recorded as number {}, but came as {}: numbers never change", recorded.0, given.0)]
    Renumbered {
        /// The market.
        ticker: String,
        /// The number that its rows have.
        recorded: MarketId,
        /// The number that was given.
        given: MarketId,
    },
    /// Rows, markets or a settlement that break the rules of a tape.
    #[error("cannot record this: {reason}; nothing was recorded")]
    Refused {
        /// Why.
        reason: String,
    },
}

impl RecordingError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RecordingError {
        let failed = TapeError::io(action, path);
        move |source| RecordingError::Tape(failed(source))
    }

    pub(super) fn refused(reason: impl Into<String>) -> RecordingError {
        RecordingError::Refused { reason: reason.into() }
    }
}
