//! The number of notices, by code and severity.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::notice_code::NoticeCode;
use crate::severity::Severity;

/// The number of notices of one code and severity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeCount {
    /// As [`NoticeCode::as_str`].
    pub code: String,
    /// As [`Severity::as_str`].
    pub severity: String,
    pub count: u64,
}

/// Counts of notices. The lock is held for one addition at a time, by the loop alone.
#[derive(Debug, Default)]
pub(crate) struct NoticeCounts(Mutex<BTreeMap<(NoticeCode, Severity), u64>>);

impl NoticeCounts {
    pub fn count(&self, code: NoticeCode, severity: Severity) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((code, severity)).or_default() += 1;
    }

    /// Returns the counts that are not zero.
    pub fn all(&self) -> Vec<NoticeCount> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |(&(code, severity), &count): (&(NoticeCode, Severity), &u64)| NoticeCount {
            code: code.as_str().to_owned(),
            severity: severity.as_str().to_owned(),
            count,
        };
        counts.iter().map(count).collect()
    }
}
