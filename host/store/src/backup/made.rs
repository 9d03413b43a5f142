//! The note of an account's last backup, beside its journal: so that somebody can be told that it is old, or gone.

use std::io;
use std::path::{Path, PathBuf};

use host_core::Timestamp;
use host_system::{capped, files};
use serde::{Deserialize, Serialize};

use super::error::BackupError;

/// Name of the note within the account's folder.
const NOTE: &str = "BACKED_UP";

/// The last backup of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// Time when it was made, in nanoseconds since 1970, by the machine's clock.
    pub made_ns: i64,
    /// Its absolute path when it was written.
    pub path: PathBuf,
}

impl LastBackup {
    /// Notes in the folder `account` that a backup of it was written to `out` at `made`.
    ///
    /// # Errors
    /// [`BackupError::Io`] if the note cannot be written; the backup is whole all the same.
    pub fn note(account: &Path, out: &Path, made: Timestamp) -> Result<(), BackupError> {
        let note = account.join(NOTE);
        let written = std::path::absolute(out).and_then(|path| {
            let text = serde_json::to_vec(&LastBackup { made_ns: made.0, path })?;
            files::replace_durably(&note, &text)
        });
        written.map_err(BackupError::io("write", &note))
    }

    /// Returns the last backup that was noted in the folder `account`; none if none was, or the note cannot be read:
    /// then it is as if none had been made.
    pub fn of(account: &Path) -> Option<LastBackup> {
        let text: io::Result<String> = capped::read_to_string(&account.join(NOTE), capped::SETTINGS);
        serde_json::from_str(&text.ok()?).ok()
    }
}
