//! Tells whether others can change a file: code that others can change is not the code that was trusted.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use host_system::user;

use crate::tree::Tree;

/// A file or folder that somebody else can change.
#[derive(Debug, thiserror::Error)]
pub enum NotOwn {
    #[error("{} belongs to another user, number {owner}", path.display())]
    OtherOwner { path: PathBuf, owner: u32 },
    #[error("others can write {}", path.display())]
    Writable { path: PathBuf },
    #[error("cannot see who can write {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
}

impl NotOwn {
    /// Returns the fix.
    pub fn hint(&self) -> String {
        match self {
            NotOwn::OtherOwner { .. } => "make a copy, which is yours, and look at it: `cp -r`".to_owned(),
            NotOwn::Writable { path } => format!("`chmod -R go-w {}`, once you know who changed it", path.display()),
            NotOwn::Unreadable { .. } => "check its permissions, and those of its folder".to_owned(),
        }
    }
}

/// Checks that only this user and the administrator can change anything in `folder`, or put another in its place.
///
/// # Errors
/// The first file or folder of which that is not true.
pub(crate) fn require_own_folder(folder: &Path) -> Result<(), NotOwn> {
    let unreadable = |(path, source)| NotOwn::Unreadable { path, source };
    let Tree { folders, files } = Tree::of(folder).map_err(unreadable)?;
    folders.iter().chain(&files).try_for_each(|path| require_own(path, false))?;
    // Whoever can write a folder above can rename this one away. In a sticky one, such as /tmp, only the owner can.
    folder.ancestors().skip(1).try_for_each(|above| require_own(above, true))
}

/// Checks that only this user and the administrator can change the file `path`, if it is there.
///
/// # Errors
/// Somebody else can.
pub(crate) fn require_own_file(path: &Path) -> Result<(), NotOwn> {
    if path.exists() { require_own(path, false) } else { Ok(()) }
}

fn require_own(path: &Path, may_be_sticky: bool) -> Result<(), NotOwn> {
    // Of a link, what it leads to counts: a link has no permissions of its own.
    let found = fs::metadata(path).map_err(|source| NotOwn::Unreadable { path: path.to_owned(), source })?;
    if !user::or_root_owns(&found) {
        return Err(NotOwn::OtherOwner { path: path.to_owned(), owner: found.uid() });
    }
    match others_can_write(&found) && !(may_be_sticky && found.mode() & 0o1000 != 0) {
        true => Err(NotOwn::Writable { path: path.to_owned() }),
        false => Ok(()),
    }
}

/// Returns true if more than the owner can write. A group of the owner's own number is theirs alone: distributions that
/// let groups write (umask 002) give each user one.
fn others_can_write(found: &Metadata) -> bool {
    let by_group = found.mode() & 0o020 != 0 && found.gid() != found.uid();
    by_group || found.mode() & 0o002 != 0
}
