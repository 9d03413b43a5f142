//! Every operation by which a recording changes its folder, so that a test can stop it at each of them.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use host_system::files;

/// Changes files. A stopped write leaves half of its bytes, as a kill or a full disk may.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    done: u64,
    stopped: Range<u64>,
}

impl Disk {
    /// For tests: the operations whose numbers, from 0, are in `stopped` fail with "no space left". `n..u64::MAX` is a
    /// process killed at operation `n`; a short range is a disk that was full for a while.
    pub fn stopped(stopped: Range<u64>) -> Disk {
        Disk { done: 0, stopped }
    }

    /// How many operations were tried.
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

    /// Makes the file end after `len` bytes.
    pub(super) fn cut(&mut self, file: &File, len: u64) -> io::Result<()> {
        self.step()?;
        file.set_len(len)
    }

    /// Makes `bytes` the content of the file at `path`, on the disk, in one step: whoever reads sees the old or the
    /// new.
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

    /// Sees what was written to `file` onto the disk.
    pub(super) fn sync(&mut self, file: &File) -> io::Result<()> {
        self.step()?;
        file.sync_all()
    }

    /// Sees renames in `folder` onto the disk.
    pub(super) fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.step()?;
        files::sync_folder(folder)
    }
}
