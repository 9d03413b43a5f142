//! Everything that ends a live run or keeps it from starting, with the fix where there is one.

use std::io;
use std::path::PathBuf;

use host_core::{Span, Timestamp};
use host_session::{Reason, SessionError, StopSignal};
use host_store::journal::JournalError;
use host_store::live::StoreError;
use host_store::paper::LedgerError;
use host_store::recording::RecordingError;
use host_venues::clock::ClockError;
use host_venues::kalshi::SetupError;
use thiserror::Error;

use crate::paper::PaperError;
use crate::refusal::{Checked, Refusal};

/// Result of anything that a live host does.
pub type Result<T, E = LiveError> = std::result::Result<T, E>;

/// The reason why a live host does not start, or cannot go on. Until it has started, nothing was sent.
#[derive(Debug, Error)]
pub enum LiveError {
    /// Something that real money needs is missing: settings, the venue, or a person's confirmation.
    #[error("not started: {} needs more than this", checked.what())]
    Refused { checked: Checked, refusals: Vec<Refusal> },
    /// A person or the system has asked for a stop before the venue had answered.
    #[error("not started: stopped before the venue had answered")]
    StoppedAtStart(StopSignal),
    /// A new account holds positions that no host has opened, each said in words, and nobody has said what they are.
    #[error("not started: the account holds positions that this host did not open")]
    PositionsFound { found: Vec<String> },
    /// The engine or a strategy cannot be started.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The account's store cannot be opened.
    #[error("the account's store cannot be opened, so nothing is traded")]
    StoreNotOpened(#[source] StoreError),
    /// The account's store cannot be written, or read.
    #[error("the account's store cannot be written, so nothing more is sent")]
    StoreFailed(#[source] StoreError),
    /// The recording cannot be opened.
    #[error("the recording of what was polled cannot be opened, so nothing is traded")]
    RecordingNotOpened(#[source] RecordingError),
    /// The recording cannot be written, or read.
    #[error("what was polled cannot be recorded")]
    RecordingFailed(#[source] RecordingError),
    /// Recording and journal do not belong together.
    #[error("the recording of what was polled is not that of the account's journal, so nothing is traded")]
    RecordingOfAnother {
        tape: PathBuf,
        #[source]
        source: Reason,
    },
    /// The engine's state holds a number that JSON cannot express.
    #[error("the engine's state cannot be written down")]
    StateNotWritten(#[source] serde_json::Error),
    /// The engine's last state is damaged.
    #[error("the engine's last state cannot be read, so nothing is traded")]
    StateNotRead(#[source] serde_json::Error),
    /// The engine's last state was kept by a host of another version.
    #[error("the engine's last state is of another version of the host, so nothing is traded")]
    StateVersion(#[source] Reason),
    /// The account's journal goes beyond the venue's time.
    #[error(
        "the account's journal goes to {last}, which is {ahead} ahead of the venue's time: a clock was wrong while it \
         was kept, so nothing is traded"
    )]
    JournalAhead { last: Timestamp, ahead: Span },
    /// The venue's client cannot be made from the settings.
    #[error("not started: the venue's client cannot be set up")]
    Client(#[source] SetupError),
    /// The venue's address cannot be read.
    #[error("the venue has no address")]
    NoAddress(#[source] SetupError),
    /// The exchange does not tell its time.
    #[error("the stepped clock cannot be read")]
    SteppedClock(#[source] ClockError),
    /// The system gives no threads for requests.
    #[error("cannot start the threads that talk to the venue")]
    Threads(#[source] io::Error),
    /// The system gives no thread for the control socket.
    #[error("cannot start the control thread")]
    ControlThread(#[source] io::Error),
    /// The control socket cannot be made.
    #[error("cannot listen at {}", path.display())]
    ControlSocket {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The operator's word from before the start cannot be taken off the disk.
    #[error("the operator's notes RESUMED and SETTLED cannot be read and removed")]
    NoteNotRemoved(#[source] io::Error),
    /// The lock of the account cannot be made in `root`.
    #[error("one host for one account cannot be ensured by a lock in {}", root.display())]
    AccountLock {
        root: PathBuf,
        #[source]
        source: AccountLockError,
    },
    /// The lock has no name, because the venue has no address.
    #[error("venue.base_url is no address")]
    AccountWithoutAddress,
    /// The account's folder cannot be made.
    #[error("the account's folder {} cannot be made", path.display())]
    FolderNotMade {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The pretend account cannot be gone on with.
    #[error("the pretend account cannot be opened, so nothing is traded")]
    PaperAccount(#[source] PaperError),
    /// Another host trades the account.
    #[error("another host trades this account at the venue, so this one does not start")]
    AccountHeld(#[source] StoreError),
}

/// The reason why the lock of an account cannot be made.
#[derive(Debug, Error)]
#[error(transparent)]
pub enum AccountLockError {
    Folder(io::Error),
    File(StoreError),
}

impl LiveError {
    /// Returns the fixes to suggest, each a sentence.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            LiveError::Refused { refusals, .. } => {
                return refusals.iter().map(|refusal| refusal.fix.replace('\n', "\n      ")).collect();
            }
            LiveError::PositionsFound { .. } => {
                "`--leave-positions` starts all the same, and leaves them alone as yours; if a host opened them, bring \
                 its folder back from a backup instead"
            }
            LiveError::Session(error) => return error.hint().into_iter().collect(),
            LiveError::StoreNotOpened(error) => store_not_opened(error),
            LiveError::RecordingNotOpened(_) => NEW_RECORDING,
            LiveError::RecordingOfAnother { tape, .. } => {
                return vec![format!(
                    "bring back the journal that belongs to it; or move {} away as well: a new one is begun, and \
                     strategies warm up again; no order or fill is in it",
                    tape.display()
                )];
            }
            LiveError::StateNotRead(_) => {
                "bring the account's folder back from a backup, or move it away and begin a new one: `host kill` \
                 cancels what it left open at the venue"
            }
            LiveError::StateVersion(_) => {
                "positions stay as they are at the venue: go on with the host that kept the state; or have it close \
                 them, and begin anew with this one under another live.account"
            }
            LiveError::JournalAhead { last, .. } => return vec![journal_ahead(*last)],
            LiveError::Client(_) => {
                "correct the section [venue] of host.toml; `host config show` prints it with each key's origin"
            }
            LiveError::ControlSocket { source, .. } if source.kind() == io::ErrorKind::InvalidInput => {
                "the path of a socket may have 107 letters: set live.folder to a shorter one"
            }
            LiveError::FolderNotMade { .. } | LiveError::ControlSocket { .. } => {
                "check who may write to live.folder, and that its disk knows sockets"
            }
            LiveError::AccountLock { .. } => {
                "set XDG_STATE_HOME to a folder that you alone may write; it must be the same for all of your hosts"
            }
            LiveError::AccountHeld(_) => HELD,
            LiveError::PaperAccount(error) => paper_account(error),
            LiveError::StoreFailed(StoreError::Lost { .. }) => {
                "put it back where it was, a journal together with its file `-wal`, or restore a backup with `host \
                 backup --restore`; then start again. The open orders were cancelled as far as the last notice says, \
                 and `host kill` cancels at the venue without the folder"
            }
            LiveError::StoppedAtStart(_)
            | LiveError::StoreFailed(_)
            | LiveError::RecordingFailed(_)
            | LiveError::StateNotWritten(_)
            | LiveError::NoAddress(_)
            | LiveError::SteppedClock(_)
            | LiveError::Threads(_)
            | LiveError::ControlThread(_)
            | LiveError::NoteNotRemoved(_)
            | LiveError::AccountWithoutAddress => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

const NEW_RECORDING: &str =
    "move that folder away: a new one is begun, and strategies warm up again; no order or fill is in it";

const HELD: &str = "`host status` shows what it does, with that host's live.folder and live.account";

fn paper_account(error: &PaperError) -> &'static str {
    match error {
        PaperError::Ledger(LedgerError::Missing { .. }) => {
            "bring it back from a backup together with the journal beside it; or move the folder away, and begin a new \
             pretend account"
        }
        _ => {
            "bring the folder back from a backup, or move it away and begin a new pretend account: no real money is in \
             it"
        }
    }
}

fn journal_ahead(last: Timestamp) -> String {
    format!(
        "see that this machine's clock is right (`timedatectl`), then start again after {last}; or bring the account's \
         folder back from a backup that is older than the wrong time. Meanwhile `host kill` cancels open orders"
    )
}

fn store_not_opened(error: &StoreError) -> &'static str {
    match error {
        StoreError::Journal(JournalError::NotAJournal { .. }) => {
            "move that file away, or set live.folder to another folder"
        }
        StoreError::Journal(JournalError::Damaged { .. }) => {
            "bring it back from a backup, or move the folder away and begin a new one: `host kill` cancels what it \
             left open at the venue, and works without it"
        }
        StoreError::Held { .. } => "`host status` shows what that host does",
        _ => "nothing was sent, and nothing is lost",
    }
}
