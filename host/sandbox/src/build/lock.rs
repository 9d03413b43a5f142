//! One build at a time in one cache: two would fetch the same toolchain and share the same target folder.

use std::fs::{File, TryLockError};
use std::io;

use super::Progress;
use crate::cache::Cache;

/// Waits for the cache's lock and holds it until the file is dropped; a process that dies lets go of it.
pub(super) fn hold(cache: &Cache, progress: &mut dyn FnMut(Progress)) -> io::Result<File> {
    let path = cache.folder("")?.join("build.lock");
    let file = File::options().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress(Progress::Waiting);
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}
