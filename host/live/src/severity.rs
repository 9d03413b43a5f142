//! The severity of a notice.

use serde::Serialize;

/// The attention that a notice asks of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "&'static str")]
pub enum Severity {
    /// Something happened as it should.
    Info,
    /// Something is not as it should be, and the host copes by itself.
    Warning,
    /// The operator has to know, whatever they chose to see.
    Alert,
}

impl Severity {
    /// All severities, the least one first.
    pub const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Alert];

    /// Returns the severity as it stands in logs, metrics and the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Alert => "alert",
        }
    }
}

impl From<Severity> for &'static str {
    fn from(severity: Severity) -> &'static str {
        severity.as_str()
    }
}
