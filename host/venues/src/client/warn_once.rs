//! One warning for each row of market data that was left out: the same row comes with every poll.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::json::printable;
use crate::error::MalformedResponse;

/// Most warnings of one client; a venue with more malformed rows has a fault that the first ones show.
const MOST: usize = 1_000;

/// The kinds and names of all rows that a warning was logged for.
#[derive(Debug, Default)]
pub(crate) struct WarnOnce(Mutex<BTreeSet<(&'static str, String)>>);

impl WarnOnce {
    /// Warns that the row `name` of the list `kind` is left out, unless that was logged before.
    pub(crate) fn left_out(&self, kind: &'static str, name: &str, malformed: &MalformedResponse) {
        let name = printable(name);
        if self.is_news(kind, &name) {
            tracing::warn!(kind, name, %malformed, "left out a malformed row: it has no quote until it can be decoded");
        }
    }

    fn is_news(&self, kind: &'static str, name: &str) -> bool {
        // Nothing panics while it holds the lock.
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        warned.len() < MOST && warned.insert((kind, name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_warned_of_once_and_the_warnings_are_limited() {
        let warnings = WarnOnce::default();
        let is_news = |kind, name: &str| warnings.is_news(kind, name);
        assert!(is_news("markets", "KX-1") && is_news("markets", "KX-2") && is_news("events", "KX-1"));
        assert!(!is_news("markets", "KX-1"));
        let news = (0..2 * MOST).filter(|number| is_news("markets", &format!("T{number}"))).count();
        assert_eq!(news, MOST - 3);
    }
}
