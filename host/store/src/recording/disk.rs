//! The operations by which a recording changes its folder, counted so that a test can make any of them fail.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use host_system::files;

/// Suffix of the names of files that are being written.
pub(super) const SCRATCH: &str = ".unfinished";

/// Performs file operations, and fails them on request. A failed write leaves half of its bytes, as a kill or a full
/// disk may. Clones count and fail together.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    shared: Arc<Shared>,
    stopped: Range<u64>,
    by_hand: bool,
}

#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    /// Set once the recording is dropped: whatever still works in the background ends.
    dropped: AtomicBool,
}

impl Disk {
    /// For tests: returns a disk on which the operations with numbers in `stopped`, counted from 0, fail with "no
    /// space left". `n..u64::MAX` simulates a process killed at operation `n`; a short range, a disk that was full
    /// for a while. Nothing works in the background.
    pub fn stopped(stopped: Range<u64>) -> Disk {
        Disk { stopped, by_hand: true, ..Disk::default() }
    }

    /// Returns true if ended days are moved into the tape by [`Recording::wait`](super::Recording::wait) alone, so that
    /// a test knows which operation is which.
    pub(super) fn is_by_hand(&self) -> bool {
        self.by_hand
    }

    /// Lets every operation from now on fail.
    pub(super) fn end(&self) {
        self.shared.dropped.store(true, Ordering::Relaxed);
    }

    /// Returns the number of operations attempted.
    pub fn operations(&self) -> u64 {
        self.shared.done.load(Ordering::Relaxed)
    }

    pub(super) fn step(&self) -> io::Result<()> {
        if self.shared.dropped.load(Ordering::Relaxed) {
            return Err(io::Error::other("the recording was dropped"));
        }
        let number = self.shared.done.fetch_add(1, Ordering::Relaxed);
        if self.stopped.contains(&number) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    pub(super) fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.step().or_else(|error| file.write_all(&bytes[..bytes.len() / 2]).and(Err(error)))?;
        file.write_all(bytes)
    }

    /// Truncates the file to `len` bytes.
    pub(super) fn cut(&self, file: &File, len: u64) -> io::Result<()> {
        self.step()?;
        file.set_len(len)
    }

    /// Replaces the content of the file at `path` by `bytes`, synced and atomically: a reader sees the old or the new
    /// file.
    pub(super) fn replace(&self, scratch: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let mut file = File::create(scratch)?;
        self.write(&mut file, bytes)?;
        self.step()?;
        file.sync_all()?;
        drop(file);
        self.rename(scratch, path)
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        files::rename(from, to)
    }

    /// Removes the file at `path`, if there is one.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        files::remove_if_present(path)
    }

    /// Syncs `file` to disk.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        self.step()?;
        file.sync_all()
    }

    /// Syncs renames in `folder` to disk.
    pub(super) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        files::sync_folder(folder)
    }
}
