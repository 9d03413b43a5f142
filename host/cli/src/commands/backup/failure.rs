//! Failures of backups, with what to do about them.

use host_store::backup::BackupError;

use crate::terminal::error::Report;

/// Returns the report of `error`, because of which nothing was `what`: backed up, verified, restored, exported.
pub fn failed(what: &str, error: &BackupError) -> Report {
    let report = Report::user(format!("not {what}")).because_of(error);
    match error {
        BackupError::Occupied { .. } => report
            .hint("a host that goes on with an older state has lost what it knew since: restore into another folder")
            .hint("if that is meant, stop the host and move the folder away first"),
        BackupError::OtherAccount { .. } => {
            report.hint("restore it into the folder of its own account, or elsewhere to look at it")
        }
        BackupError::Damaged { .. } | BackupError::NotABackup { .. } => {
            report.hint("`host backup --verify FILE` checks another one")
        }
        _ => report,
    }
}
