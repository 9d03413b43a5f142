//! The space that files take, and what is left on their disk.

use std::fs;
use std::io;
use std::path::Path;

/// Returns the number of bytes that an ordinary user may still write to the disk of `path`.
///
/// # Errors
/// The system's, for example if nothing is at `path`.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Returns the size of the file at `path`, or of all files in the folder `path`; 0 if nothing is there. Files that come
/// and go meanwhile may be counted or not.
///
/// # Errors
/// The system's, if a folder cannot be read.
pub fn size_of(path: &Path) -> io::Result<u64> {
    let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if is_gone(&error) => return Ok(0),
        Err(error) => return Err(error),
    };
    if !meta.is_dir() {
        return Ok(meta.len());
    }
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        sum += size_of(&entry?.path())?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_as_large_as_their_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("inner/a"), [0; 1_000]).unwrap();
        fs::write(folder.path().join("b"), [0; 24]).unwrap();
        assert_eq!(size_of(folder.path()).unwrap(), 1_024);
        assert_eq!(size_of(&folder.path().join("none")).unwrap(), 0);
        assert!(free_bytes(folder.path()).unwrap() > 1_000_000);
        assert!(free_bytes(&folder.path().join("none")).is_err());
    }
}
