//! Moves events and records older than `journal.keep` into the archive: once a day, in the background, and out of the
//! journal a few rows at a time.

use host_core::{Span, Timestamp};
use host_store::journal::{ArchiveJob, JournalError};
use host_store::live::{LiveStore, StoreError};

/// Most rows that leave in one turn of the loop: a few milliseconds.
const ROWS_A_TURN: usize = 300;

/// The state of the work.
#[derive(Debug)]
pub struct Retention {
    keep: Span,
    /// The day whose work was begun, in days since the epoch.
    day: Option<i64>,
    state: State,
    problem: Option<JournalError>,
}

#[derive(Debug)]
enum State {
    Idle,
    /// A thread writes the archive.
    Writing(ArchiveJob),
    /// Rows that the archive has leave the journal.
    Forgetting,
}

impl Retention {
    /// Begins with what a killed host may have left: rows that the archive has.
    pub fn new(keep: Span) -> Retention {
        Retention { keep, day: None, state: State::Forgetting, problem: None }
    }

    /// Goes on with the work for a few milliseconds.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn go_on(&mut self, store: &mut LiveStore, now: Timestamp) -> Result<(), StoreError> {
        self.state = match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle if self.day == Some(now.day()) => State::Idle,
            State::Idle => {
                self.day = Some(now.day());
                // Whole days only: so the archive gets one part a day.
                let before = Timestamp::start_of_day((now - self.keep).day());
                self.noting(ArchiveJob::begin(store.path(), before), State::Writing)
            }
            State::Writing(job) if job.is_done() => self.noting(job.take(), |_| State::Forgetting),
            State::Writing(job) => State::Writing(job),
            State::Forgetting if store.forget_archived(ROWS_A_TURN)? => State::Forgetting,
            State::Forgetting => State::Idle,
        };
        Ok(())
    }

    /// Returns the reason why the archive could not be written, once. The journal keeps its rows, and the next day
    /// tries again.
    pub fn take_problem(&mut self) -> Option<JournalError> {
        self.problem.take()
    }

    fn noting<T>(&mut self, result: Result<T, JournalError>, next: impl FnOnce(T) -> State) -> State {
        match result {
            Ok(value) => next(value),
            Err(problem) => {
                self.problem = Some(problem);
                State::Idle
            }
        }
    }
}
