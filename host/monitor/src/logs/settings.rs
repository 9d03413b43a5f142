//! The section `[logs]` of the configuration.

use std::path::PathBuf;

use host_core::{Span, time::span_text};
use serde::{Deserialize, Serialize};

use super::line::LogLevel;

/// The settings of the log files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// The folder in which each account's log files have a folder of their own; empty: `logs` in the account's folder.
    pub folder: PathBuf,
    /// Age at which a day's files are removed.
    #[serde(with = "span_text")]
    pub keep: Span,
    /// The least level of the lines that are written.
    pub level: LogLevel,
    /// The most that one strategy may write in one UTC day, in bytes.
    pub strategy_bytes: u64,
}

impl Default for LogSettings {
    fn default() -> LogSettings {
        LogSettings { folder: PathBuf::new(), keep: Span::days(30), level: LogLevel::Info, strategy_bytes: 10_000_000 }
    }
}

impl LogSettings {
    /// Returns the number of UTC days whose files are kept, that of today included: whole days, rounded up.
    pub(super) fn days_kept(&self) -> i64 {
        (self.keep.0 + Span::DAY.0 - 1) / Span::DAY.0 + 1
    }
}
