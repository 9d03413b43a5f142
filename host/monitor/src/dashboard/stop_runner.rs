//! The stop of an account from the dashboard: begun once, told to everybody the same.
//!
//! The state is the server's. A reload, another phone or a lost answer show what is certain, what is not, and what
//! to do.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
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
    stop: Arc<Mutex<Option<Stop>>>,
    /// The names of those who ask.
    asked: Sender<String>,
}

impl StopRunner {
    /// Starts the thread that stops on `terms`. It waits from now on: a machine that gives no more threads can be
    /// stopped, and what is served does not hold it up.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(terms: StopTerms) -> io::Result<StopRunner> {
        let (asked, asks) = channel::<String>();
        let runner = StopRunner { stop: Arc::default(), asked };
        let stop = Arc::clone(&runner.stop);
        let work = move || asks.iter().for_each(|by| run(&terms, &stop, &by));
        thread::Builder::new().name("dashboard stop".to_owned()).spawn(work)?;
        Ok(runner)
    }

    /// Begins a stop at the word of `by`. While one goes on, it is that one; one that ended begins again: the venue is
    /// asked anew.
    pub fn begin(&self, by: &str) {
        let mut stop = lock(&self.stop);
        if stop.as_ref().is_some_and(|stop| stop.outcome.is_none()) {
            return;
        }
        let mut begun = Stop { by: by.to_owned(), began: now(), steps: Vec::new(), outcome: None };
        if self.asked.send(by.to_owned()).is_err() {
            begun.outcome = Some((now(), StopOutcome::NotVerified(broken_off("the thread that stops has ended"))));
        }
        *stop = Some(begun);
    }

    /// Returns the last stop, if there was one.
    pub fn last(&self) -> Option<Stop> {
        lock(&self.stop).clone()
    }
}

/// Stops at the word of `by`, and notes in `stop` how it goes.
fn run(terms: &StopTerms, stop: &Mutex<Option<Stop>>, by: &str) {
    let note = |change: &dyn Fn(&mut Stop)| lock(stop).as_mut().into_iter().for_each(change);
    let mut say = |text: &str| note(&|stop| stop.steps.push(Step { time: now(), text: text.to_owned() }));
    let by = format!("{by} (dashboard)");
    // A panic must not end the thread: it could never stop again, and this stop would go on for ever.
    let reply = catch_unwind(AssertUnwindSafe(|| terms.stop("stopped from the dashboard", &by, &mut say)));
    let outcome = match reply {
        Ok(Reply::Done(verified)) => StopOutcome::Verified(verified),
        Ok(Reply::Failed(failure)) => StopOutcome::NotVerified(failure),
        Ok(Reply::Status(_) | Reply::Progress(_)) => {
            StopOutcome::NotVerified(Failure::new("the host's answer does not match the request"))
        }
        Err(_) => StopOutcome::NotVerified(broken_off("the stop failed, which is a bug in the host")),
    };
    note(&|stop| stop.outcome = Some((now(), outcome.clone())));
}

fn broken_off(why: &str) -> Failure {
    Failure::new(why).hint("`host kill` on the host, or cancel all orders at the venue")
}

fn lock(stop: &Mutex<Option<Stop>>) -> MutexGuard<'_, Option<Stop>> {
    // It is set as a whole: what a panic left behind is whole.
    stop.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Timestamp {
    Timestamp(clock::unix_nanos())
}
