//! Scratch files and folders of processes that were killed: the next writer of the same thing removes them.
//!
//! A scratch file or folder is locked while its writer lives. What is younger than a minute stays in any case, and so
//! does what other users own: it cannot be removed. Nothing here may fail a write: what cannot be looked at stays.

use std::fs::{self, DirEntry, File};
use std::path::Path;
use std::time::Duration;

/// Age below which nothing is removed: its writer may not have claimed it yet.
const YOUNG: Duration = Duration::from_secs(60);

/// Claims a file or folder for this process, as long as it is open.
pub(crate) fn claim(file: &File) {
    // Some file systems have no locks; there it is safe for a minute only.
    let _ = file.try_lock();
}

/// Removes what is left in `folder` under names that begin with `prefix`.
pub(crate) fn remove(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(prefix)) && is_left(&entry) {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

/// Returns true if the writer of `entry` is gone.
fn is_left(entry: &DirEntry) -> bool {
    let Ok(found) = entry.metadata() else { return false };
    let is_young = found.modified().is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age < YOUNG));
    !is_young && !found.is_symlink() && File::open(entry.path()).is_ok_and(|entry| entry.try_lock().is_ok())
}
