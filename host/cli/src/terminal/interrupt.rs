//! Ctrl-C, SIGTERM and SIGHUP, as a flag that long tasks poll, so that they end in good order instead of being cut off.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use host_session::{StopFlag, StopSignal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::error::{Kind, Report, Result};
use super::stderr;

/// True once a command has a flag of its own, which outlives its tasks.
static LISTENS: AtomicBool = AtomicBool::new(false);
/// The task that a signal ends now.
static TASK: Mutex<Option<Task>> = Mutex::new(None);

/// True if a hangup (SIGHUP) is none of this module's business.
static LEAVES_HANGUPS: AtomicBool = AtomicBool::new(false);

/// Leaves hangups to others if this process has no terminal, which could not hang up. Returns true if it has none.
pub fn leave_hangups() -> bool {
    let has_none = !(io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal());
    LEAVES_HANGUPS.store(has_none, Ordering::Relaxed);
    has_none
}

/// A part of a command that a signal ends, before the command itself listens for any.
#[derive(Clone, Debug, Default)]
struct Task {
    signal: StopFlag,
    stop: Arc<AtomicBool>,
}

/// A task that runs. Once it is dropped, signals have their former effect.
#[derive(Debug)]
pub struct RunningTask(Task);

impl RunningTask {
    /// Returns what a signal sets.
    pub fn stop(&self) -> Arc<AtomicBool> {
        self.0.stop.clone()
    }

    /// Returns the signal that has come, if one has.
    pub fn stopped_by(&self) -> Option<StopSignal> {
        self.0.signal.requested()
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        *task() = None;
    }
}

fn task() -> MutexGuard<'static, Option<Task>> {
    TASK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins a task that the first signal asks to end. The second one ends the process at once.
///
/// # Errors
/// The handler cannot be installed.
pub fn begin_task() -> Result<RunningTask> {
    static INSTALLED: OnceLock<Result<()>> = OnceLock::new();
    let running = RunningTask(Task::default());
    *task() = Some(running.0.clone());
    // A handler stays until the process ends, so it must know what to do between tasks.
    let install = || {
        watch(|signal| match &*task() {
            Some(task) => {
                task.stop.store(true, Ordering::Relaxed);
                task.signal.request(signal)
            }
            None => !LISTENS.load(Ordering::Relaxed),
        })
    };
    INSTALLED.get_or_init(install).clone().map(|()| running)
}

/// Installs the handler and returns the flag that the first signal sets. The second one ends the process at once.
///
/// # Errors
/// The handler cannot be installed.
pub fn listen() -> Result<StopFlag> {
    let stop = StopFlag::default();
    let flag = stop.clone();
    watch(move |signal| flag.request(signal))?;
    LISTENS.store(true, Ordering::Relaxed);
    Ok(stop)
}

/// Installs a handler that hands each signal to `ends`, and ends the process where it says so.
fn watch(ends: impl Fn(StopSignal) -> bool + Send + 'static) -> Result<()> {
    let failed = |error| Report::new(Kind::Internal, "cannot listen for Ctrl-C").because(error);
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let watch = move || {
        for number in signals.forever() {
            if number == SIGHUP && LEAVES_HANGUPS.load(Ordering::Relaxed) {
                continue;
            }
            let signal = if number == SIGINT { StopSignal::Interrupt } else { StopSignal::Terminate };
            if ends(signal) {
                stderr::clear();
                std::process::exit(Kind::of_signal(signal).code().into());
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map(|_| ()).map_err(failed)
}

/// Returns the error of a task that `signal` cut short: `what` was left undone, or ends there.
pub fn cut_short(signal: StopSignal, what: &str) -> Report {
    let name = match signal {
        StopSignal::Interrupt => "Ctrl-C",
        StopSignal::Terminate => "SIGTERM",
    };
    Report::new(Kind::of_signal(signal), format!("stopped by {name}: {what}"))
}
