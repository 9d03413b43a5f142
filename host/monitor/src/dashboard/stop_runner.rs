//! The stop of an account from the dashboard: begun once, told to everybody the same.
//!
//! The state is the server's. A reload, another phone or a lost answer show what is certain, what is not, and what
//! to do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use host_core::Timestamp;
use host_live::control::protocol::{Failure, Reply};
use host_live::control::stop::StopTerms;
use host_system::clock;

/// A step of a stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The wall-clock time.
    pub time: Timestamp,
    pub text: String,
}

/// The outcome of a stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopOutcome {
    /// The venue's own list of open orders is empty, in the words of the host.
    Verified(String),
    /// It is not known to be: what is certain, and what to do.
    NotVerified(Failure),
}

/// A stop, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Name of the session that asked.
    pub by: String,
    pub began: Timestamp,
    pub steps: Vec<Step>,
    /// `None` while it goes on.
    pub outcome: Option<(Timestamp, StopOutcome)>,
}

/// The place where stops are asked for; clones share it.
#[derive(Clone, Debug)]
pub struct StopRunner {
    terms: Arc<StopTerms>,
    stop: Arc<Mutex<Option<Stop>>>,
}

impl StopRunner {
    /// Returns one that nobody has asked yet.
    pub fn new(terms: StopTerms) -> StopRunner {
        StopRunner { terms: Arc::new(terms), stop: Arc::new(Mutex::new(None)) }
    }

    /// Begins a stop at the word of `by`, on a thread of its own. While one goes on, it is that one; one that ended
    /// begins again: the venue is asked anew.
    pub fn begin(&self, by: &str) {
        {
            let mut stop = self.lock();
            if stop.as_ref().is_some_and(|stop| stop.outcome.is_none()) {
                return;
            }
            *stop = Some(Stop { by: by.to_owned(), began: now(), steps: Vec::new(), outcome: None });
        }
        let (runner, name) = (self.clone(), format!("{by} (dashboard)"));
        let work = move || runner.stop(&name);
        if let Err(error) = thread::Builder::new().name("dashboard stop".to_owned()).spawn(work) {
            let failure = Failure::new("the system gives no thread to stop with").because(error);
            self.end(StopOutcome::NotVerified(
                failure.hint("`host kill` on the host, or cancel all orders at the venue"),
            ));
        }
    }

    /// Returns the last stop, if there was one.
    pub fn last(&self) -> Option<Stop> {
        self.lock().clone()
    }

    fn stop(&self, by: &str) {
        let mut say = |text: &str| {
            if let Some(stop) = self.lock().as_mut() {
                stop.steps.push(Step { time: now(), text: text.to_owned() });
            }
        };
        let outcome = match self.terms.stop("stopped from the dashboard", by, &mut say) {
            Reply::Done(verified) => StopOutcome::Verified(verified),
            Reply::Failed(failure) => StopOutcome::NotVerified(failure),
            Reply::Status(_) | Reply::Progress(_) => {
                StopOutcome::NotVerified(Failure::new("the host's answer does not match the request"))
            }
        };
        self.end(outcome);
    }

    fn end(&self, outcome: StopOutcome) {
        if let Some(stop) = self.lock().as_mut() {
            stop.outcome = Some((now(), outcome));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Stop>> {
        // It is set as a whole: what a panic left behind is whole.
        self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Timestamp {
    Timestamp(clock::unix_nanos())
}
