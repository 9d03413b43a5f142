//! Errors of a recording, with messages that a person can act on.

use std::io;
use std::path::{Path, PathBuf};

use host_core::{MarketId, Timestamp};

use crate::tape::TapeError;

/// A recording could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The system refused an operation (for example on a full disk), or a file of the tape is damaged. Recorded data
    /// stays, and an append may be retried.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// Another process records into the folder.
    #[error("`{}` is being recorded by another process; stop that one or record elsewhere", path.display())]
    InUse { path: PathBuf },
    /// The folder holds something other than a recording.
    #[error("cannot record into `{}`: {reason}; choose another folder", path.display())]
    NotARecording {
        /// The folder, or the file in it.
        path: PathBuf,
        reason: String,
    },
    /// The poll is not later than the last one: it was recorded already, or the clock went back.
    #[error("the poll of {time} is not later than the last one that was recorded, {last}; nothing was recorded")]
    NotLater {
        /// Time of the poll.
        time: Timestamp,
        /// Time of the last recorded poll.
        last: Timestamp,
    },
    /// A market was given another number than it has.
    #[error("market `{ticker}` is recorded as number {}, but came as {}: numbers never change", recorded.0, given.0)]
    Renumbered {
        ticker: String,
        /// The number of its recorded rows.
        recorded: MarketId,
        given: MarketId,
    },
    /// Rows, markets or a settlement break the rules of a tape.
    #[error("cannot record this: {reason}; nothing was recorded")]
    Refused { reason: String },
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
