//! Findings of the rules, and the failure that lists them.

use std::fmt;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl Finding {
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Fails with every finding in one list, so that one run shows all there is to do.
#[track_caller]
pub fn expect_none(reason: &str, mut findings: Vec<Finding>) {
    findings.sort();
    findings.dedup();
    let lines: String = findings.iter().map(|finding| format!("\n  {finding:?}")).collect();
    assert!(findings.is_empty(), "{} findings. The rule's reason: {reason}{lines}\n", findings.len());
}

/// Compares what a rule found in a made-up tree.
#[track_caller]
pub fn expect(findings: Vec<Finding>, expected: &[&str]) {
    let mut found: Vec<_> = findings.iter().map(|finding| format!("{finding:?}")).collect();
    found.sort();
    assert_eq!(found, expected);
}
