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

/// Returns true if users other than the owner of the file `found` can read or change it. Where root owns a file and
/// this user is not root, root's own group may read it: so does a service manager hand out credentials, whose one
/// reader beside root stands in an access list.
pub fn is_exposed(found: &Metadata) -> bool {
    const OTHERS: u32 = 0o077;
    const OTHERS_THAN_ROOT: u32 = 0o037;
    let is_handed_out = found.uid() == 0 && found.gid() == 0 && id() != 0;
    found.mode() & if is_handed_out { OTHERS_THAN_ROOT } else { OTHERS } != 0
}
