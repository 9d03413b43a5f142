//! A diagnosis: its severity, its cure, and the remedy that `--fix` applies.

use std::path::PathBuf;

use serde::Serialize;

use super::remedy::Remedy;

/// The severity of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// As it should be.
    Ok,
    /// It could not be looked at; the text says why.
    Unseen,
    /// It works, and will not for ever, or not if something else goes wrong too.
    Warning,
    /// It does not work, or is not safe.
    Problem,
}

impl Condition {
    /// Returns the word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Condition::Ok => "ok",
            Condition::Unseen => "unseen",
            Condition::Warning => "warning",
            Condition::Problem => "problem",
        }
    }
}

/// The codes of all that may be found wrong, for programs: texts may change, codes do not. Each of them is found in a
/// test, which breaks that thing, or shows the judgement a value that this machine does not have.
pub const CODES: &[&str] = &[
    "config_unreadable",
    "config_problem",
    "config_renamed",
    "config_changed",
    "config_not_read",
    "folder_missing",
    "folder_not_yours",
    "limits_undecided",
    "slots_share_limits",
    "key_unusable",
    "key_open",
    "secret_open",
    "account_open",
    "account_not_yours",
    "venue_silent",
    "venue_closed",
    "clock_apart",
    "account_refused",
    "series_unknown",
    "journal_damaged",
    "journal_gone",
    "recording_damaged",
    "not_ended",
    "orders_left",
    "backup_none",
    "backup_old",
    "backup_gone",
    "format_newer",
    "format_too_old",
    "format_upgrade",
    "disk_low",
    "disk_critical",
    "port_unusable",
    "socket_stale",
    "socket_too_long",
    "host_silent",
    "dashboard_open",
    "dashboard_exposed",
    "certificate_unusable",
    "alerts_none",
    "alerts_unusable",
    "alerts_undelivered",
    "alerts_failed",
    "heartbeat_none",
    "toolchain_missing",
    "time_zones_old",
];

/// One thing that the doctor looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// One of [`CODES`]; of what is not wrong, the name of its group.
    pub code: &'static str,
    pub severity: Condition,
    /// The cause: one sentence, without a full stop.
    pub finding: String,
    /// The advice to a person; may have several lines.
    pub cure: Option<String>,
    /// The part of it that `--fix` does.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

impl Diagnosis {
    fn new(code: &'static str, severity: Condition, finding: impl Into<String>, cure: Option<String>) -> Diagnosis {
        // A code that is not listed would have no test.
        debug_assert!(severity < Condition::Warning || CODES.contains(&code), "{code}");
        Diagnosis { code, severity, finding: finding.into(), cure, remedy: None }
    }

    pub fn ok(group: &'static str, finding: impl Into<String>) -> Diagnosis {
        Diagnosis::new(group, Condition::Ok, finding, None)
    }

    /// Names what could not be looked at, and why.
    pub fn unseen(group: &'static str, finding: impl Into<String>) -> Diagnosis {
        Diagnosis::new(group, Condition::Unseen, finding, None)
    }

    pub fn warning(code: &'static str, finding: impl Into<String>, cure: impl Into<String>) -> Diagnosis {
        Diagnosis::new(code, Condition::Warning, finding, Some(cure.into()))
    }

    pub fn problem(code: &'static str, finding: impl Into<String>, cure: impl Into<String>) -> Diagnosis {
        Diagnosis::new(code, Condition::Problem, finding, Some(cure.into()))
    }

    /// A problem where real money is at work, and a warning on paper.
    pub fn before_live(
        is_live: bool,
        code: &'static str,
        finding: impl Into<String>,
        cure: impl Into<String>,
    ) -> Diagnosis {
        let severity = if is_live { Condition::Problem } else { Condition::Warning };
        Diagnosis::new(code, severity, finding, Some(cure.into()))
    }

    /// The same, which `--fix` cures with `remedy`.
    #[must_use]
    pub fn cured_by(self, remedy: Remedy) -> Diagnosis {
        Diagnosis { remedy: Some(remedy), ..self }
    }

    /// Names a file or folder that others than its owner can use. `--fix` takes that away from them.
    pub fn open(code: &'static str, what: &str, path: PathBuf, mode: u32) -> Diagnosis {
        let finding = format!("{what} {} can be used by others (mode {mode:04o})", path.display());
        let cure = format!("chmod go= {}", path.display());
        Diagnosis::problem(code, finding, cure).cured_by(Remedy::Close(path))
    }
}
