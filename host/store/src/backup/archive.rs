//! Writes and reads the archive file by file, with a digest of each and one of the whole.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::manifest::BackedUpFile;
use crate::hex::hex;

/// First bytes of a frame that zstd skips, with the length of its content: the digest.
const TRAILER: [u8; 8] = [0x50, 0x2A, 0x4D, 0x18, 32, 0, 0, 0];
/// Length of the trailer with the digest.
const TRAILER_BYTES: u64 = 40;
/// A fast level: most of a backup is compressed already.
const LEVEL: i32 = 3;

/// An archive that is being written.
pub(super) struct ArchiveWriter {
    tar: tar::Builder<zstd::Encoder<'static, HashingWriter>>,
    pub(super) files: Vec<BackedUpFile>,
}

impl ArchiveWriter {
    pub(super) fn new(file: File) -> io::Result<ArchiveWriter> {
        let out = HashingWriter { file: BufWriter::new(file), hash: Sha256::new() };
        Ok(ArchiveWriter { tar: tar::Builder::new(zstd::Encoder::new(out, LEVEL)?), files: Vec::new() })
    }

    /// Adds the first `bytes` bytes of `content` as the file `path`. `progress` is told the number of bytes read.
    pub(super) fn add(
        &mut self,
        path: &str,
        bytes: u64,
        content: impl Read,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        let mut content = HashingReader { content: content.take(bytes), hash: Sha256::new(), read: 0, progress };
        self.tar.append_data(&mut header, path, &mut content)?;
        if content.read != bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read"));
        }
        self.files.push(BackedUpFile { path: path.to_owned(), bytes, sha256: hex(&content.hash.finalize()) });
        Ok(())
    }

    /// Ends the archive, and brings it onto the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let HashingWriter { mut file, hash } = self.tar.into_inner()?.finish()?;
        file.write_all(&TRAILER)?;
        file.write_all(&hash.finalize())?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Checks the digest at the end of `file`. Returns an error of the kind [`io::ErrorKind::InvalidData`] if it has none,
/// and false if it does not match.
pub(super) fn check_digest(file: &mut File, progress: &mut dyn FnMut(u64)) -> io::Result<bool> {
    let whole = file.metadata()?.len();
    let no_digest = || io::Error::from(io::ErrorKind::InvalidData);
    let bytes = whole.checked_sub(TRAILER_BYTES).ok_or_else(no_digest)?;
    let content = BufReader::new(&mut *file).take(bytes);
    let mut content = HashingReader { content, hash: Sha256::new(), read: 0, progress };
    io::copy(&mut content, &mut io::sink())?;
    let (hash, mut trailer) = (content.hash, Vec::new());
    content.content.into_inner().read_to_end(&mut trailer)?;
    match trailer.split_at_checked(TRAILER.len()) {
        Some((trailer, digest)) if trailer == TRAILER => Ok(digest == hash.finalize().as_slice()),
        _ => Err(no_digest()),
    }
}

/// Calls `each` for every file of the archive, with its path, length and content; returns the description of the file
/// that `each` has read.
pub(super) fn read_all<E: From<io::Error>>(
    file: File,
    mut each: impl FnMut(&str, &mut dyn Read) -> Result<(), E>,
) -> Result<Vec<BackedUpFile>, E> {
    let mut tar = tar::Archive::new(zstd::Decoder::new(file)?);
    let mut files = Vec::new();
    for entry in tar.entries()? {
        let entry = entry?;
        let path = entry.path()?.to_str().map(str::to_owned).filter(|path| is_inside(Path::new(path)));
        let path = path.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a path leads out of it"))?;
        if !entry.header().entry_type().is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{path}` is no file")).into());
        }
        let bytes = entry.size();
        let mut content = HashingReader { content: entry, hash: Sha256::new(), read: 0, progress: &mut |_| () };
        each(&path, &mut content)?;
        files.push(BackedUpFile { path, bytes, sha256: hex(&content.hash.finalize()) });
    }
    Ok(files)
}

/// Returns true if `path` consists of names alone.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

struct HashingWriter {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct HashingReader<'a, R> {
    content: R,
    hash: Sha256,
    read: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl<R: Read> Read for HashingReader<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(bytes)?;
        self.hash.update(&bytes[..read]);
        self.read += read as u64;
        (self.progress)(self.read);
        Ok(read)
    }
}
