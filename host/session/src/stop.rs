//! The request to end a long run in order: set by a signal, read by the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use host_report::StoppedBy;

/// The signal by which a stop is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// Ctrl-C: SIGINT.
    Interrupt,
    /// SIGTERM, or SIGHUP of a terminal that closes.
    Terminate,
}

impl StopSignal {
    /// Returns the signal as the cause of the end of a run.
    pub fn cause(self) -> StoppedBy {
        match self {
            StopSignal::Interrupt => StoppedBy::Interrupt,
            StopSignal::Terminate => StoppedBy::Terminate,
        }
    }
}

/// A request to stop; clones share it.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicU8>);

/// The flag's value for each signal; zero stands for none.
const INTERRUPT: u8 = 1;
const TERMINATE: u8 = 2;

impl StopFlag {
    /// Requests the stop. Returns true if it had been requested before; then the first signal stays its cause.
    pub fn request(&self, signal: StopSignal) -> bool {
        let value = match signal {
            StopSignal::Interrupt => INTERRUPT,
            StopSignal::Terminate => TERMINATE,
        };
        self.0.compare_exchange(0, value, Ordering::SeqCst, Ordering::SeqCst).is_err()
    }

    /// Returns the signal that requested the stop first, once one has.
    pub fn requested(&self) -> Option<StopSignal> {
        match self.0.load(Ordering::Relaxed) {
            INTERRUPT => Some(StopSignal::Interrupt),
            TERMINATE => Some(StopSignal::Terminate),
            _ => None,
        }
    }

    /// Returns true once the stop has been requested.
    pub fn is_requested(&self) -> bool {
        self.requested().is_some()
    }
}
