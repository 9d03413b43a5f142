//! Polls are on disk once: the journal's rows of a recorded day become references to the recording, a few at a time.
//!
//! A thread reads what was recorded. The loop only compares and replaces, and only while it waits for nothing else.

use host_core::Timestamp;
use host_store::live::{LiveStore, Referred, StoreError};
use host_store::recording::{DigestJob, PollDigests, Recording, RecordingError};

/// Most polls that are replaced in one turn of the loop: a few milliseconds at thousands of markets.
const POLLS_A_TURN: usize = 8;

/// The state of the work.
#[derive(Debug, Default)]
pub struct PollReferences {
    state: State,
    /// The last row of the recording's finished days that was considered.
    considered: Option<Timestamp>,
    problem: Option<RecordingError>,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing to do until another day is finished.
    #[default]
    Idle,
    /// A thread reads the recording.
    Reading(DigestJob),
    /// Polls are compared and replaced.
    Referring(Box<PollDigests>),
}

impl PollReferences {
    /// Goes on with the work for a few milliseconds.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn go_on(&mut self, store: &mut LiveStore, recording: &mut Recording) -> Result<(), StoreError> {
        self.state = match std::mem::take(&mut self.state) {
            State::Idle => self.begin(store, recording)?,
            State::Reading(job) if job.is_done() => match job.take() {
                Ok(digests) => State::Referring(Box::new(digests)),
                Err(problem) => {
                    self.problem = Some(problem);
                    State::Idle
                }
            },
            State::Reading(job) => State::Reading(job),
            State::Referring(digests) => match store.refer_polls(&digests, POLLS_A_TURN)? {
                Referred::More => State::Referring(digests),
                Referred::Until(_) | Referred::All => State::Idle,
            },
        };
        Ok(())
    }

    /// Returns the reason why the recording could not be compared, once. The journal keeps its rows.
    pub fn take_problem(&mut self) -> Option<RecordingError> {
        self.problem.take()
    }

    fn begin(&mut self, store: &LiveStore, recording: &mut Recording) -> Result<State, StoreError> {
        recording.look();
        let last = recording.finished_until();
        if last.is_none() || last == self.considered {
            return Ok(State::Idle);
        }
        self.considered = last;
        let first = store.first_unreferred()?;
        let Some(first) = first.filter(|&first| last.is_some_and(|last| first <= last)) else { return Ok(State::Idle) };
        Ok(match DigestJob::begin(recording.folder(), first) {
            Ok(job) => State::Reading(job),
            Err(problem) => {
                self.problem = Some(problem);
                State::Idle
            }
        })
    }
}
