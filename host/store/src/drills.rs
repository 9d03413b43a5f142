//! The drills of an account: one line of JSON each, in a file beside its journal. Only what has run to its end is
//! there, so a drill that was interrupted proves nothing.

use std::io;
use std::path::{Path, PathBuf};

use host_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::json_lines;

/// Name of the file in the folder of an account.
pub const DRILLS_FILE: &str = "drills.jsonl";

/// The drills cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", .path.display())]
pub struct DrillsError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// A drill that has run to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillRecord {
    /// Its word, such as `kill`.
    pub drill: String,
    /// Wall-clock time of its end.
    pub time: Timestamp,
    /// Name of the person.
    pub who: String,
    /// Version of the host.
    pub engine_version: String,
    /// True if each of its steps has passed.
    pub passed: bool,
    /// Digest of the limits that it was held with, in hexadecimal.
    pub limits: String,
    pub steps: Vec<DrillStep>,
}

/// A step of a drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillStep {
    /// The step in words.
    pub step: String,
    pub passed: bool,
    /// Time that it took, in milliseconds; absent for a step without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// Most time that it may take, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal_ms: Option<u64>,
    /// The finding.
    pub found: String,
}

/// Adds `drill` to those in `folder`. It is on the disk when this returns.
///
/// # Errors
/// The disk is full, or the folder cannot be written to.
pub fn add(folder: &Path, drill: &DrillRecord) -> Result<(), DrillsError> {
    let path = folder.join(DRILLS_FILE);
    json_lines::append(&path, drill).map_err(|source| DrillsError { action: "write", path, source })
}

/// Returns the drills in `folder`, in the order in which they were held; none if there is no file.
///
/// # Errors
/// The file cannot be read.
pub fn read(folder: &Path) -> Result<Vec<DrillRecord>, DrillsError> {
    let path = folder.join(DRILLS_FILE);
    json_lines::read(&path).map_err(|source| DrillsError { action: "read", path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drills_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        let step = |took_ms| DrillStep {
            step: "no order is left".to_owned(),
            passed: true,
            took_ms,
            goal_ms: took_ms.map(|_| 5_000),
            found: "verified".to_owned(),
        };
        let drill = DrillRecord {
            drill: "kill".to_owned(),
            time: Timestamp(7),
            who: "alex".to_owned(),
            engine_version: "0.2.0".to_owned(),
            passed: true,
            limits: "12".to_owned(),
            steps: vec![step(Some(812)), step(None)],
        };
        add(folder.path(), &drill).unwrap();
        let later = DrillRecord { passed: false, ..drill.clone() };
        add(folder.path(), &later).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [drill, later]);
    }
}
