//! The subjects that people are told of once, until they are over.

use std::collections::BTreeMap;

use crate::notice::NoticeCode;

/// Most subjects that are told: a venue with more has a fault that the first ones show.
const MOST: usize = 10_000;

/// The subjects that people have been told of, or will be.
#[derive(Debug, Default)]
pub struct ToldOnce {
    /// By code and subject, the number of times that it was seen.
    seen: BTreeMap<(NoticeCode, String), u32>,
}

impl ToldOnce {
    /// Takes note of `subject`. Returns true if people are to be told now: when it was seen `times` times in a row.
    pub fn is_news(&mut self, code: NoticeCode, subject: &str, times: u32) -> bool {
        let key = (code, subject.to_owned());
        if self.seen.len() >= MOST && !self.seen.contains_key(&key) {
            return false;
        }
        let seen = self.seen.entry(key).or_default();
        *seen = seen.saturating_add(1);
        *seen == times
    }

    /// Returns true if a subject was seen under `code`.
    pub fn is_any(&self, code: NoticeCode) -> bool {
        self.seen.keys().any(|(of, _)| *of == code)
    }

    /// Returns the subjects that were seen under `code`.
    pub fn subjects(&self, code: NoticeCode) -> Vec<String> {
        let seen = self.seen.keys().filter(|(of, _)| *of == code);
        seen.map(|(_, subject)| subject.clone()).collect()
    }

    /// Ends `subject`. Returns true if people were told of it, when it was seen `times` times.
    pub fn is_over(&mut self, code: NoticeCode, subject: &str, times: u32) -> bool {
        self.seen.remove(&(code, subject.to_owned())).is_some_and(|seen| seen >= times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_told_once_and_again_after_it_was_over() {
        let mut told = ToldOnce::default();
        let code = NoticeCode::MarketDelisted;
        let seen = |told: &mut ToldOnce, subject| told.is_news(code, subject, 2);
        assert_eq!([(); 4].map(|()| seen(&mut told, "A")), [false, true, false, false]);
        assert!(!seen(&mut told, "B") && !told.is_over(code, "B", 2), "nobody was told");
        assert!(told.is_over(code, "A", 2) && !told.is_over(code, "A", 2));
        assert_eq!([(); 3].map(|()| seen(&mut told, "A")), [false, true, false]);
        assert!(told.is_news(NoticeCode::RowUnreadable, "A", 1), "another code");
    }
}
