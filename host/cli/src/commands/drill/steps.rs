//! The steps of a drill with their times, and the wait for what a step is about.

use std::time::{Duration, Instant};

use host_session::StopFlag;
use host_store::drills::DrillStep;

use crate::terminal::error::{Report, Result};
use crate::terminal::interrupt::cut_short;

/// Time between two looks.
const NAP: Duration = Duration::from_millis(50);

/// The steps of a drill so far.
#[derive(Debug)]
pub(super) struct Steps {
    stop: StopFlag,
    steps: Vec<DrillStep>,
}

/// A stopwatch that was started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since(Instant);

impl Since {
    pub(super) fn now() -> Since {
        Since(Instant::now())
    }

    fn took(self) -> Duration {
        self.0.elapsed()
    }
}

impl Steps {
    pub(super) fn new(stop: &StopFlag) -> Steps {
        Steps { stop: stop.clone(), steps: Vec::new() }
    }

    /// Returns the steps, in order.
    pub(super) fn into_steps(self) -> Vec<DrillStep> {
        self.steps
    }

    /// Notes a step without a time.
    pub(super) fn note(&mut self, step: &str, passed: bool, found: impl Into<String>) -> bool {
        let (step, found) = (step.to_owned(), found.into());
        self.steps.push(DrillStep { step, passed, took_ms: None, goal_ms: None, found });
        passed
    }

    /// Looks until `look` finds what the step is about, and notes the time since `since` against the goal. Waits for
    /// three times the goal, so that it says how late it was. Returns true if it was found in time.
    ///
    /// # Errors
    /// The drill is interrupted.
    pub(super) fn wait(
        &mut self,
        step: &str,
        (since, goal): (Since, Duration),
        look: impl FnMut() -> Result<String, String>,
    ) -> Result<bool> {
        let outcome = self.until(since, 3 * goal, look)?;
        let took = since.took();
        let (passed, found) = match outcome {
            Ok(found) => (took <= goal, found),
            Err(why) => (false, why),
        };
        let millis = |time: Duration| u64::try_from(time.as_millis()).ok();
        let step = step.to_owned();
        self.steps.push(DrillStep { step, passed, took_ms: millis(took), goal_ms: millis(goal), found });
        Ok(passed)
    }

    /// Looks for at most `most` since `since`; the inner result is what was found, or why nothing was.
    fn until(
        &self,
        since: Since,
        most: Duration,
        mut look: impl FnMut() -> Result<String, String>,
    ) -> Result<Result<String, String>> {
        loop {
            self.check()?;
            let found = look();
            if found.is_ok() || since.took() > most {
                return Ok(found);
            }
            std::thread::sleep(NAP);
        }
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// The drill is interrupted.
    pub(super) fn rest(&self, time: Duration) -> Result<()> {
        let since = Since::now();
        while since.took() < time {
            self.check()?;
            std::thread::sleep(NAP);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Report> {
        match self.stop.requested() {
            Some(signal) => Err(cut_short(signal, "the drill has ended with all that it started, and proves nothing")),
            None => Ok(()),
        }
    }
}
