//! Files that only this user can have written.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use host_system::{files, user};
use rustix::fs::OFlags;

/// The readers that a file may have besides its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    Open,
    Secret,
}

/// Returns the content of the file at `path`.
///
/// # Errors
/// The system's; or the file or its folder is a link, belongs to another user, or can be written by others.
pub(super) fn read(path: &Path, secrecy: Secrecy) -> io::Result<Vec<u8>> {
    let folder = path.parent().unwrap_or(path);
    let found = fs::symlink_metadata(folder)?;
    require(found.is_dir(), || format!("{} is no folder", folder.display()))?;
    require_own(&found, "its folder", 0o022)?;
    // A link is not followed, and a pipe not waited for.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    require(found.is_file(), || "it is no file".to_owned())?;
    require_own(&found, "it", if secrecy == Secrecy::Secret { 0o077 } else { 0o022 })?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

/// Replaces the file at `path` atomically by `head` and the concatenated `parts`; only its owner can read or write it.
///
/// # Errors
/// The system's; then `path` is as it was.
pub(super) fn write(path: &Path, head: &[u8], parts: &[&[u8]]) -> io::Result<()> {
    let mut file = files::scratch_file(path)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(head)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.persist(path)?;
    Ok(())
}

/// Refuses what is not this user's, or what has one of the permissions `denied`.
fn require_own(found: &Metadata, name: &str, denied: u32) -> io::Result<()> {
    require(user::owns(found), || format!("{name} belongs to another user"))?;
    require(found.mode() & denied == 0, || format!("others may use {name}: its mode is {:o}", found.mode() & 0o777))
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> io::Result<()> {
    if holds { Ok(()) } else { Err(io::Error::new(io::ErrorKind::PermissionDenied, otherwise())) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_that_others_could_have_written_is_not_read() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("cache");
        fs::create_dir(&folder).unwrap();
        let path = folder.join("entry");
        let fails = |expect: &str| {
            let error = read(&path, Secrecy::Open).unwrap_err().to_string();
            assert!(error.contains(expect), "{error:?} should contain {expect:?}");
        };
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        fails("No such file");
        write(&path, b"a", &[b"b"]).unwrap();
        assert_eq!(read(&path, Secrecy::Secret).unwrap(), b"ab");
        mode(&path, 0o644);
        assert_eq!(read(&path, Secrecy::Open).unwrap(), b"ab");
        assert!(read(&path, Secrecy::Secret).is_err());
        mode(&path, 0o664);
        fails("others may use it: its mode is 664");
        mode(&path, 0o600);
        mode(&folder, 0o777);
        fails("others may use its folder");
        mode(&folder, 0o700);
        fs::rename(&path, folder.join("elsewhere")).unwrap();
        symlink("elsewhere", &path).unwrap();
        fails("symbolic link");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fails("it is no file");
        let linked = temporary.path().join("linked");
        symlink(&folder, &linked).unwrap();
        assert!(read(&linked.join("elsewhere"), Secrecy::Open).is_err());
    }
}
