//! The user that this process runs as.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// Returns the user's number, or `None` where the system does not tell.
pub fn id() -> Option<u32> {
    fs::metadata("/proc/self").map(|process| process.uid()).ok()
}
