//! Unpacks a file in constant memory: gzip, zstd, bzip2, xz or zip, inside one another if need be. The first bytes
//! tell, not the name.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use host_system::guard::guarded;
use lzma_rust2::XzReader;

use super::raw::RawFile;
use super::zip_entry;
use crate::import::error::ImportError;

const BUFFER_BYTES: usize = 1 << 16;
/// Most layers of packing: more are made by nobody who means well.
const MOST_LAYERS: usize = 3;
/// Most memory that the dictionary of an xz file may take, in kB: that of the strongest level of `xz` is 64 MB.
const XZ_MEMORY_KB: u32 = 256 * 1024;
/// Bytes that tell what a stream is.
const MAGIC_BYTES: usize = 6;

/// The unpacked content of a file.
pub(super) struct Unpacked {
    pub(super) content: Box<dyn BufRead>,
    /// The layers that were taken off, outermost first.
    pub(super) layers: Vec<&'static str>,
    /// Name of the file in a zip archive.
    pub(super) entry: Option<String>,
    pub(super) raw: RawFile,
}

/// Opens the file at `path`.
///
/// # Errors
/// It cannot be read, is empty, or is an archive that does not have one file of data.
pub(super) fn open(path: &Path) -> Result<Unpacked, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() && !found.is_dir() {
        let problem = "it is a pipe or a device, and is read more than once: write it to a file first";
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, problem)));
    }
    let raw = RawFile::open(path).map_err(unreadable)?;
    let (head, content) = peek(buffered(raw.clone()), MAGIC_BYTES).map_err(unreadable)?;
    if head.is_empty() {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    if !head.starts_with(b"PK\x03\x04") && !head.starts_with(b"PK\x05\x06") {
        let (content, layers) = unpack(content, Vec::new()).map_err(|error| damaged(path, &error))?;
        return Ok(Unpacked { content, layers, entry: None, raw });
    }
    let (name, entry, raw) = zip_entry::open(path)?;
    let (content, layers) = unpack(buffered(entry), vec!["zip"]).map_err(|error| damaged(path, &error))?;
    Ok(Unpacked { content, layers, entry: Some(name), raw })
}

fn unpack(
    mut content: Box<dyn BufRead>,
    mut layers: Vec<&'static str>,
) -> io::Result<(Box<dyn BufRead>, Vec<&'static str>)> {
    loop {
        let head;
        (head, content) = peek(content, MAGIC_BYTES)?;
        let (name, unpacked): (_, Box<dyn Read>) = match head.as_slice() {
            [0x1f, 0x8b, ..] => ("gzip", Box::new(MultiGzDecoder::new(content))),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd", Box::new(zstd::stream::read::Decoder::with_buffer(content)?)),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => ("bzip2", Box::new(MultiBzDecoder::new(content))),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => ("xz", Box::new(XzReader::new_mem_limit(content, true, XZ_MEMORY_KB))),
            _ => return Ok((content, layers)),
        };
        layers.push(name);
        if layers.len() > MOST_LAYERS {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is packed more than three times"));
        }
        content = buffered(unpacked);
    }
}

fn buffered(content: impl Read + 'static) -> Box<dyn BufRead> {
    Box::new(BufReader::with_capacity(BUFFER_BYTES, Guarded(content)))
}

/// Returns the first `most` bytes, fewer if there are no more, and the whole content.
pub(super) fn peek(mut content: Box<dyn BufRead>, most: usize) -> io::Result<(Vec<u8>, Box<dyn BufRead>)> {
    let mut head = Vec::new();
    (&mut content).take(most as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(content))))
}

/// Returns the first bytes of `content`, at most `most`, and true if there are no more. Of damaged content those before
/// the damage are returned.
///
/// # Errors
/// It is damaged from the first byte on.
pub(super) fn head(content: Box<dyn BufRead>, most: usize) -> io::Result<(Vec<u8>, bool)> {
    let mut head = Vec::new();
    match content.take(most as u64).read_to_end(&mut head) {
        Err(error) if head.is_empty() => Err(error),
        read => {
            let is_whole = read.is_ok() && head.len() < most;
            Ok((head, is_whole))
        }
    }
}

/// Makes a panic of a decoder an error of its content.
struct Guarded<R>(R);

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        guarded("the packed file", || self.0.read(buffer)).map_err(io::Error::other)?
    }
}

/// Returns the error of a file whose first bytes cannot be unpacked.
pub(super) fn damaged(path: &Path, error: &io::Error) -> ImportError {
    ImportError::Truncated { path: path.to_owned(), place: "its beginning".to_owned(), problem: reason(error), rows: 0 }
}

/// Returns the reason of `error` in words for people.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    }
}
