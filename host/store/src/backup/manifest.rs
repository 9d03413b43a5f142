//! The list of what a backup holds.

use serde::{Deserialize, Serialize};

/// Name of the manifest in the archive.
pub(super) const MANIFEST: &str = "manifest.json";
/// Version of the format that this host writes.
pub(super) const FORMAT: u32 = 1;

/// The description of a backup. Times are ISO 8601.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// Version of the backup's own format.
    pub format: u32,
    pub venue: String,
    pub environment: String,
    pub account: String,
    /// Time when the backup was made, by the machine's clock.
    pub created: String,
    /// Version of the host that made the backup.
    pub host_version: String,
    /// Version of the host that traded last.
    pub engine_version: String,
    /// Version of the tables that every journal has.
    pub journal_version: i64,
    /// Version of the tables that a live account has besides.
    pub account_version: i64,
    /// Number of the last event.
    pub events: u64,
    /// Time of the last event that has one.
    pub last_event: Option<String>,
    /// Number of the last record.
    pub records: u64,
    /// Everything else in the archive, in order.
    pub files: Vec<BackedUpFile>,
}

impl BackupManifest {
    /// Returns whose account it is, in words.
    pub fn owner(&self) -> String {
        format!("{} at {} ({})", self.account, self.venue, self.environment)
    }

    /// Returns what it holds, in words.
    pub(super) fn summary(&self) -> String {
        let until = self.last_event.as_deref().map_or(String::new(), |time| format!(" until {time}"));
        format!("{}, {} events{until}", self.owner(), self.events)
    }
}

/// A file in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUpFile {
    /// Path within the account's folder.
    pub path: String,
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}
