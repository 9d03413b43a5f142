//! The bytes of a file as they lie on disk, counted and digested while they are read.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::hex::hex;

/// A file that several layers of readers share.
#[derive(Clone)]
pub(super) struct RawFile(Rc<RefCell<Raw>>);

struct Raw {
    file: File,
    read: u64,
    digest: Sha256,
}

impl RawFile {
    pub(super) fn open(path: &Path) -> io::Result<RawFile> {
        RawFile::open_at(path, 0)
    }

    /// Opens the part of the file at `path` that begins at byte `start`.
    pub(super) fn open_at(path: &Path, start: u64) -> io::Result<RawFile> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(RawFile(Rc::new(RefCell::new(Raw { file, read: 0, digest: Sha256::new() }))))
    }

    /// Returns the number of bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.0.borrow().read
    }

    /// Reads what is left, and returns the SHA-256 digest of all that was read as hexadecimal digits.
    pub(super) fn digest(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        let digest = self.0.borrow().digest.clone().finalize();
        Ok(hex(&digest))
    }
}

impl Read for RawFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Raw { file, read, digest } = &mut *self.0.borrow_mut();
        let count = file.read(buffer)?;
        digest.update(&buffer[..count]);
        *read += count as u64;
        Ok(count)
    }
}

/// Returns the SHA-256 digest of the file at `path` as hexadecimal digits.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    RawFile::open(path)?.digest()
}
