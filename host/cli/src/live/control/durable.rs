//! Small files that must be there whole, or not at all, after a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes `content` beside `path`, brings it to the disk, and only then gives it its name.
///
/// # Errors
/// The system's reason; then `path` is as it was.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    // Processes do not share a half-written file: `host kill` may write while the host does.
    name.push(format!(".{}.part", std::process::id()));
    let part = Path::new(&name);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(part, path))
        .and_then(|()| sync_parent(path));
    if written.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(part);
    }
    written
}

/// Removes `path` for good; that it is not there is no error.
///
/// # Errors
/// The system's reason.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_parent(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
