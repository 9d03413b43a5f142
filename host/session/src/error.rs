//! Everything that can go wrong in a session, and the fix where there is one.

use std::path::PathBuf;

use host_core::engine::RestoreError;
use host_core::risk::InvalidLimits;
use host_sandbox::{LoadError, ParameterError};
use host_sim::sampler::InvalidInterval;
use host_store::decisions::DecisionsError;
use host_store::journal::JournalError;
use host_store::ledger::LedgerError;
use host_store::lines::LinesError;
use host_store::live::StoreError;
use host_store::recording::RecordingError;
use host_store::runs::RunsError;
use host_store::scores::ScoresError;
use host_store::tape::TapeError;
use thiserror::Error;

use crate::memory::TooManyMarkets;
use crate::proof::looked_ahead::LookedAhead;

/// Result of anything that a session does.
pub type Result<T, E = SessionError> = std::result::Result<T, E>;

/// The reason why a session cannot begin, go on or be replayed.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The limits contradict each other or are out of range.
    #[error("the risk limits make no sense")]
    Limits(#[source] InvalidLimits),
    /// A snapshot does not fit the account.
    #[error("cannot go on from the last state")]
    Restore(#[source] RestoreError),
    /// A start holds a number that JSON cannot express.
    #[error("cannot write down what the run begins with")]
    StartNotWritten(#[source] serde_json::Error),
    /// A start in the journal is damaged.
    #[error("this host cannot begin as the journal's did")]
    StartNotRead(#[source] serde_json::Error),
    /// A start in the journal was written by a host of another version.
    #[error("this host cannot begin as the journal's did")]
    StartVersion(#[source] Reason),
    /// The journal of a run cannot be created or written.
    #[error("cannot keep the journal {}", path.display())]
    JournalNotWritten {
        path: PathBuf,
        #[source]
        source: JournalError,
    },
    /// The folder of a run cannot be written.
    #[error("cannot keep the run")]
    RunNotKept(#[source] RunsError),
    /// The ledgers of a run cannot be written.
    #[error("cannot keep the run")]
    LedgerNotWritten(#[source] LedgerError),
    /// The tape that a journal refers to cannot be opened.
    #[error("cannot read the tape of the run, {}", path.display())]
    TapeNotFound {
        path: PathBuf,
        #[source]
        source: TapeError,
    },
    /// The tape is not the one that a journal refers to.
    #[error("{} is not the tape of the run", path.display())]
    TapeDiffers {
        path: PathBuf,
        #[source]
        source: Reason,
    },
    /// The tape that a journal refers to is damaged.
    #[error("cannot read the tape of the run to its end")]
    TapeNotRead(#[source] TapeError),
    /// The rows of a tape cannot be sampled at an interval.
    #[error("this poll interval cannot be used")]
    Interval(#[source] InvalidInterval),
    /// The scores cannot be written.
    #[error("cannot keep the scores")]
    ScoresNotWritten(#[source] ScoresError),
    /// The strategies' lines cannot be written.
    #[error("cannot keep the lines")]
    LinesNotWritten(#[source] LinesError),
    /// The strategies' lines cannot be read.
    #[error(transparent)]
    LinesNotRead(LinesError),
    /// The journal cannot be read.
    #[error("cannot replay the journal")]
    JournalNotRead(#[source] JournalError),
    /// The decisions about an account or a run cannot be read.
    #[error(transparent)]
    DecisionsNotRead(#[from] DecisionsError),
    /// The operator log or the lines of an account cannot be read.
    #[error(transparent)]
    AccountNotRead(#[from] StoreError),
    /// A journal's run has no figures that can be shown.
    #[error("the run has no figures")]
    NoFigures(#[source] Reason),
    /// The journal's events contradict each other.
    #[error("cannot replay the journal")]
    JournalInconsistent(#[source] Reason),
    /// No copy of a journaled component exists.
    #[error("the journal keeps no copy of the strategy `{name}` {version}")]
    ComponentMissing {
        name: String,
        version: String,
        #[source]
        source: Reason,
    },
    /// The copy of a journaled component is not what the journal names.
    #[error("the copy of the strategy `{name}` {version} is damaged")]
    ComponentDamaged {
        name: String,
        version: String,
        #[source]
        source: Reason,
    },
    /// A component cannot be loaded or started.
    #[error(transparent)]
    Strategy(#[from] LoadError),
    /// The markets do not fit into a strategy's memory.
    #[error(transparent)]
    TooManyMarkets(#[from] TooManyMarkets),
    /// The recording beside a live journal cannot be opened.
    #[error("cannot read the recording {}", folder.display())]
    RecordingNotFound {
        folder: PathBuf,
        #[source]
        source: RecordingError,
    },
    /// The recording beside a live journal cannot be read to its end.
    #[error("cannot read the recording {}", folder.display())]
    RecordingNotRead {
        folder: PathBuf,
        #[source]
        source: RecordingError,
    },
    /// The recording no longer has the rows that the journal names.
    #[error("the recording does not have the rows that warmed strategies up")]
    WarmUpDiffers { journaled: String, found: String },
    /// A strategy does not take up the state that it went on from.
    #[error("a strategy does not go on from the state that the journal has")]
    NotResumed(#[source] Reason),
    /// Recorded rows cannot be read.
    #[error("recorded prices cannot be read")]
    RowsNotRead(#[source] host_store::recording::RecordingError),
    /// A strategy fails at recorded rows.
    #[error("the strategy fails at recorded prices")]
    NotCompared(#[source] Reason),
    /// A strategy's decision depends on rows that came after it.
    #[error(transparent)]
    LookedAhead(Box<LookedAhead>),
    /// The system starts no thread that proves a strategy's decisions.
    #[error("cannot start a thread for the proof that nothing looks ahead")]
    NoThread(#[source] std::io::Error),
    /// A run that was killed does not do again what its journal says.
    #[error("{} cannot be gone on with", path.display())]
    NotTheSameRun {
        path: PathBuf,
        #[source]
        source: Reason,
    },
    /// A strategy to compare with has no counterpart in the journal.
    #[error("the journal has no strategy `{name}` to compare with")]
    NoCounterpart {
        name: String,
        #[source]
        source: Reason,
    },
    /// A journaled parameter does not fit the strategy that is compared.
    #[error("the other strategy cannot be set as the journaled one was")]
    CounterpartParameters(#[source] ParameterError),
}

impl SessionError {
    /// Returns the fix to suggest, if there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            SessionError::StartVersion(_) => "replay it with the host that wrote it",
            SessionError::JournalNotWritten { .. }
            | SessionError::RunNotKept(_)
            | SessionError::LedgerNotWritten(_) => {
                "`--set runs.folder=FOLDER` keeps runs somewhere else; `--no-journal` keeps nothing"
            }
            SessionError::TapeNotFound { .. } | SessionError::TapeDiffers { .. } => {
                "`host replay --tape TAPE` says where the run's tape lies now"
            }
            SessionError::RecordingNotFound { .. } => {
                "a live journal is replayed with the `tape` folder beside it: rows that warmed strategies up are there"
            }
            SessionError::LookedAhead(_) => {
                "decide each row by what came before it, in whatever batches rows come; `--no-proof` prints figures \
                 that count for nothing, `host check --tape TAPE` repeats the proof"
            }
            SessionError::CounterpartParameters(_) => "`--param name=value` sets it otherwise",
            SessionError::TooManyMarkets(TooManyMarkets { needed_bytes, .. }) => {
                return Some(format!(
                    "trade fewer markets (live: name series in venue.series), or allow each strategy more memory: \
                     `--set sandbox.memory_bytes={needed_bytes}`; `host check` shows what it takes per market"
                ));
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// A cause that is no error of its own: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Reason(pub String);

impl From<String> for Reason {
    fn from(text: String) -> Reason {
        Reason(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Reason {
        Reason(text.to_owned())
    }
}

/// Returns `error` with its causes, in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
