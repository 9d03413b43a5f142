//! What was left out because it made no sense, told once each: the same row comes with every poll.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::error::{Nonsense, printable};

/// So many are told; a venue with more of them has a fault that the first ones show.
const MOST: usize = 1_000;

/// The kind and the name of everything that was told.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<BTreeSet<(&'static str, String)>>);

impl Told {
    /// Warns that `kind` of market data named `name` is left out, unless that was said before.
    pub(super) fn left_out(&self, kind: &'static str, name: &str, nonsense: &Nonsense) {
        let name = printable(name);
        if self.is_news(kind, &name) {
            tracing::warn!(kind, name, %nonsense, "left out what makes no sense: there is no quote until it does");
        }
    }

    fn is_news(&self, kind: &'static str, name: &str) -> bool {
        // Nothing panics while it holds the lock.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST && told.insert((kind, name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_so_many_at_most() {
        let told = Told::default();
        assert!(told.is_news("markets", "KX-1") && told.is_news("markets", "KX-2") && told.is_news("events", "KX-1"));
        assert!(!told.is_news("markets", "KX-1"));
        let news = (0..2 * MOST).filter(|number| told.is_news("markets", &format!("T{number}"))).count();
        assert_eq!(news, MOST - 3);
    }
}
