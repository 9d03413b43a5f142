//! Allows one build at a time in a cache: two would fetch the same toolchain and write to the same target folder.

use std::fs::{File, TryLockError};
use std::io;

use super::step::BuildStep;
use crate::cache::Cache;

/// Waits for the cache's lock and holds it until the returned file is dropped. The lock of a process that dies is
/// released.
pub(super) fn hold(cache: &Cache, progress: &mut dyn FnMut(BuildStep)) -> io::Result<File> {
    let path = cache.folder("")?.join("build.lock");
    let file = File::options().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress(BuildStep::Waiting);
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}
