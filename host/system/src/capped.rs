//! Reads files that a person or a stranger wrote, up to a size: a device or a pipe may never end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a file of settings: configuration, lists of keys, notes, accounts.
pub const SETTINGS: u64 = 1 << 20;
/// Most bytes of a file of results that is read as a whole: figures of a run, decisions, listings of markets.
pub const RESULTS: u64 = 256 << 20;

/// Returns the content of the file at `path`, which has at most `most` bytes.
///
/// # Errors
/// The system's; [`io::ErrorKind::FileTooLarge`] if there is more; [`io::ErrorKind::InvalidInput`] if it is neither a
/// file nor ends by itself, such as a pipe or a device.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    read_from(file, length, most)
}

/// Opens the file at `path`, which is read piece by piece.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidInput`] if it neither is a file nor ends by itself, such as a pipe or a
/// device: to open one may even take for ever.
pub fn open(path: &Path) -> io::Result<File> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() && !found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file, but a pipe or a device"));
    }
    File::open(path)
}

/// Returns the content of the file at `path`, which has at most `most` bytes of UTF-8.
///
/// # Errors
/// As [`read`]; [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub fn read_to_string(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
}

fn read_from(file: impl Read, length: u64, most: u64) -> io::Result<Vec<u8>> {
    let too_large = |size: &str| {
        Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has {size}, and at most {most} bytes are read")))
    };
    if length > most {
        return too_large(&format!("{length} bytes"));
    }
    let mut content = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let read = file.take(most.saturating_add(1)).read_to_end(&mut content)? as u64;
    if read > most { too_large("more") } else { Ok(content) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read() {
        let said = |path: &Path, most| read(path, most).map_err(|error| error.to_string());
        assert!(open(Path::new("/dev/zero")).is_err());
        assert_eq!(said(Path::new("/dev/zero"), 10).unwrap_err(), "it is no file, but a pipe or a device");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        std::fs::write(&file, "0123456789").unwrap();
        assert_eq!(said(&file, 10).unwrap(), b"0123456789");
        assert_eq!(said(&file, 9).unwrap_err(), "it has 10 bytes, and at most 9 bytes are read");
        // A file may grow while it is read.
        assert_eq!(
            read_from(io::repeat(0), 1, 9).unwrap_err().to_string(),
            "it has more, and at most 9 bytes are read"
        );
        assert_eq!(read(&folder.path().join("y"), 9).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
