//! Reads that failed and succeeded when they were repeated, until somebody asks.

use std::sync::{Mutex, PoisonError};

use crate::error::ReadError;

/// Reads that a repetition has healed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealedReads {
    /// Their number.
    pub count: u32,
    /// The last failure.
    pub last: ReadError,
}

/// The healed reads that nobody has asked for.
#[derive(Debug, Default)]
pub(crate) struct Healed(Mutex<Option<HealedReads>>);

impl Healed {
    /// Notes a read that succeeded after it had failed with `error`. Pauses that the venue asked for are no failures.
    pub(crate) fn note(&self, error: ReadError) {
        if !matches!(error, ReadError::Refused { .. }) {
            // Nothing panics while it holds the lock.
            let mut healed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = healed.as_ref().map_or(0, |healed| healed.count) + 1;
            *healed = Some(HealedReads { count, last: error });
        }
    }

    pub(crate) fn take(&self) -> Option<HealedReads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
