//! The user that this process runs as.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Returns the user's number: the effective one, which owns the files that this process creates.
pub fn id() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Returns true if the file or folder `found` belongs to this user, or to the administrator, who can change everything
/// anyway.
pub fn or_root_owns(found: &Metadata) -> bool {
    const ROOT: u32 = 0;
    owns(found) || found.uid() == ROOT
}

/// Returns true if the file or folder `found` belongs to this user.
pub fn owns(found: &Metadata) -> bool {
    found.uid() == id()
}
