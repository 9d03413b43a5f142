//! Two back tests of one tape, made at the same time and compared row by row.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use host_core::Timestamp;
use host_report::About;
use host_session::{SessionError, StopFlag};
use host_store::tape::Tape;

use super::decided::{DecidedRow, DecidedRows, DecisionCounts, compare};
use super::trial::{NoTrialEnd, Trial, TrialEnd};
use crate::error::{EvaluateError, Result};

/// Number of batches of decisions that the faster back test may be ahead.
const AHEAD: usize = 2;
/// Stack of a back test's thread, in bytes, beside that of the strategy.
const STACK_BYTES: usize = 4 << 20;

/// The back tests to compare.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub plain: Trial,
    pub varied: Trial,
    pub tape: &'a Tape,
    pub about: &'a About,
}

/// The results of both, and how their decisions compare.
#[derive(Debug)]
pub(super) struct PairEnd {
    pub plain: TrialEnd,
    pub varied: TrialEnd,
    pub decisions: DecisionCounts,
}

type Handle<'scope> = ScopedJoinHandle<'scope, Result<TrialEnd, NoTrialEnd>>;

impl Pair<'_> {
    /// Makes both, and tells `at` the part that is done, 0 to 1. The inner error is the reason why they cannot be
    /// compared, in words.
    ///
    /// # Errors
    /// The tape is damaged, or the system starts no thread.
    pub fn run(&self, stop: &StopFlag, at: &mut dyn FnMut(f64)) -> Result<Result<PairEnd, String>> {
        let (plain, varied, decisions) = std::thread::scope(|scope| {
            let ((plain_sender, plain_rows), (varied_sender, varied_rows)) = (sync_channel(AHEAD), sync_channel(AHEAD));
            let varied = self.begin(scope, &self.varied, stop, varied_sender)?;
            let plain = self.begin(scope, &self.plain, stop, plain_sender)?;
            let rows = (DecidedRows::new(plain_rows), DecidedRows::new(varied_rows));
            let decisions = compare(rows.0, rows.1, &mut |time| at(self.part(time)));
            Ok::<_, EvaluateError>((joined(plain), joined(varied), decisions))
        })?;
        Ok(match (plain, varied) {
            (Err(NoTrialEnd::Damaged(error)), _) | (_, Err(NoTrialEnd::Damaged(error))) => {
                return Err(SessionError::TapeNotRead(error).into());
            }
            (Err(NoTrialEnd::LookedAhead(difference)), _) | (_, Err(NoTrialEnd::LookedAhead(difference))) => {
                return Err(SessionError::LookedAhead(difference).into());
            }
            (Ok(plain), Ok(varied)) => Ok(PairEnd { plain, varied, decisions }),
            (Err(NoTrialEnd::Failed(reason)), _) => {
                Err(format!("the back test fails without the change too: {reason}"))
            }
            (_, Err(NoTrialEnd::Failed(reason))) => Err(format!("the back test fails with this change: {reason}")),
            (Err(NoTrialEnd::Stopped), _) | (_, Err(NoTrialEnd::Stopped)) => Err("it was cut short".to_owned()),
        })
    }

    fn begin<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        trial: &'env Trial,
        stop: &'env StopFlag,
        decided: SyncSender<Vec<DecidedRow>>,
    ) -> Result<Handle<'scope>> {
        let stack = trial.setup.sandbox.stack_bytes.saturating_add(STACK_BYTES);
        let run = move || trial.run(self.tape, self.about, stop, Some(decided));
        let started = Builder::new().name("back test".to_owned()).stack_size(stack).spawn_scoped(scope, run);
        started.map_err(EvaluateError::NoThread)
    }

    /// Returns the part of the tape that lies before `time`.
    fn part(&self, time: Timestamp) -> f64 {
        let (first, last) = (self.tape.meta().first, self.tape.meta().last);
        ((time - first).as_seconds() / (last - first).as_seconds().max(1.0)).clamp(0.0, 1.0)
    }
}

fn joined(handle: Handle<'_>) -> Result<TrialEnd, NoTrialEnd> {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
