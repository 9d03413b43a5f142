//! Files of lines of JSON, to which several processes may add: each line is whole and on the disk, or was torn by a
//! power cut and is passed over.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use host_system::{capped, files};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Adds `value` to the file at `path`, which is made for its owner alone if it is not there. It is on the disk when
/// this returns.
///
/// # Errors
/// The disk is full, or the folder cannot be written to.
pub(crate) fn append(path: &Path, value: &impl Serialize) -> io::Result<()> {
    match files::new_private_file(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let mut file = File::options().read(true).append(true).open(path)?;
    // Released when the file is closed. Others hold it for as long as it takes to write a line.
    file.lock()?;
    let mut line = serde_json::to_vec(value).map_err(io::Error::other)?;
    line.push(b'\n');
    if is_torn(&mut file)? {
        line.insert(0, b'\n');
    }
    file.write_all(&line)?;
    file.sync_data()
}

/// Returns true if the last line has no end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Returns the values in the file at `path`, in the order in which they were written; none if there is no file.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    match capped::read(path, capped::RESULTS) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(bytes) => {
            Ok(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
        }
    }
}
