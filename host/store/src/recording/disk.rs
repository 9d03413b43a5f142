//! The operations by which a recording changes its folder, counted so that a test can make any of them fail.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use host_system::files;

/// Performs file operations, and fails them on request. A failed write leaves half of its bytes, as a kill or a full
/// disk may.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    done: u64,
    stopped: Range<u64>,
}

impl Disk {
    /// For tests: returns a disk on which the operations with numbers in `stopped`, counted from 0, fail with "no
    /// space left". `n..u64::MAX` simulates a process killed at operation `n`; a short range, a disk that was full
    /// for a while.
    pub fn stopped(stopped: Range<u64>) -> Disk {
        Disk { done: 0, stopped }
    }

    /// Returns the number of operations attempted.
    pub fn operations(&self) -> u64 {
        self.done
    }

    pub(super) fn step(&mut self) -> io::Result<()> {
        let number = self.done;
        self.done += 1;
        if self.stopped.contains(&number) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    pub(super) fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.step().or_else(|error| file.write_all(&bytes[..bytes.len() / 2]).and(Err(error)))?;
        file.write_all(bytes)
    }

    /// Truncates the file to `len` bytes.
    pub(super) fn cut(&mut self, file: &File, len: u64) -> io::Result<()> {
        self.step()?;
        file.set_len(len)
    }

    /// Replaces the content of the file at `path` by `bytes`, synced and atomically: a reader sees the old or the new
    /// file.
    pub(super) fn replace(&mut self, scratch: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let mut file = File::create(scratch)?;
        self.write(&mut file, bytes)?;
        self.step()?;
        file.sync_all()?;
        drop(file);
        self.rename(scratch, path)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        files::rename(from, to)
    }

    /// Removes the file at `path`, if there is one.
    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.step()?;
        files::remove_if_present(path)
    }

    /// Syncs `file` to disk.
    pub(super) fn sync(&mut self, file: &File) -> io::Result<()> {
        self.step()?;
        file.sync_all()
    }

    /// Syncs renames in `folder` to disk.
    pub(super) fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.step()?;
        files::sync_folder(folder)
    }
}
