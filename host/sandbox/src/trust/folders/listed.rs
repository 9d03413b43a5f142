//! An entry of the list of trusted folders.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use host_core::Timestamp;
use serde::{Deserialize, Serialize};

/// A folder as the list has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedFolder {
    /// The canonical path.
    pub path: PathBuf,
    /// The folder's number, and its birth where the file system keeps it: another at its path has others.
    identity: String,
    /// The person, and the command they gave.
    pub by: String,
    pub at: String,
}

impl ListedFolder {
    /// Describes the folder at `path`, which the person `by` trusts.
    pub(super) fn new(path: &Path, by: &str, now: Timestamp) -> io::Result<ListedFolder> {
        Ok(ListedFolder { path: path.to_owned(), identity: identity(path)?, by: by.to_owned(), at: now.to_string() })
    }

    /// Returns true unless another folder stands at its path now.
    pub(super) fn is_still_there(&self) -> io::Result<bool> {
        Ok(self.identity == identity(&self.path)?)
    }
}

fn identity(path: &Path) -> io::Result<String> {
    let found = fs::metadata(path)?;
    // Numbers are used again once a folder is gone, so its birth counts as well, where there is one.
    let birth = found.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(format!("{}-{}", found.ino(), birth.map_or(0, |birth| birth.as_nanos())))
}
