//! Errors of reading runs and of running them again.

use std::path::PathBuf;

use host_session::SessionError;
use host_store::journal::JournalError;
use host_store::recording::RecordingError;
use host_store::runs::RunsError;
use host_store::tape::TapeError;

/// The result of reading or evaluating runs.
pub type Result<T, E = EvaluateError> = std::result::Result<T, E>;

/// A run cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// Nothing at the path is a run.
    #[error("`{}` is no run: neither a run's folder, nor a journal, nor a result, nor an account", .0.display())]
    NotARun(PathBuf),
    /// The folder of a run cannot be read.
    #[error("the run cannot be read")]
    Run(#[from] RunsError),
    /// The file of a result holds no figures of this host.
    #[error("the result `{}` cannot be read", path.display())]
    Result { path: PathBuf, source: serde_json::Error },
    /// A journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A tape cannot be read or written.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The recording of an account cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A session cannot be started or kept.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A back test of the same period cannot be made.
    #[error("no back test of the same period can be made of {name}: {reason}")]
    NoShadow { name: String, reason: String },
    /// A run has no journal, so its orders are not known.
    #[error("{0} has no journal: its orders are not known")]
    NoOrders(String),
    /// Two runs are of different strategies.
    #[error("{run} and {other} are of different strategies: the orders of one say nothing of the other's")]
    OtherStrategies { run: String, other: String },
    /// The system starts no thread for a back test.
    #[error("cannot start a thread for a back test")]
    NoThread(#[source] std::io::Error),
}
