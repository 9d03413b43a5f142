//! The files that trust in a component is about: the signature beside it, and the lock beside the configuration.

use std::path::Path;

use host_core::Timestamp;
use host_sandbox::trust::{LockFile, LockFileError, read_beside, signature_path};
use host_system::clock;

use crate::config::Loaded;
use crate::terminal::error::{Kind, Report, Result};

/// Returns the time at which keys are judged and confirmations made: this machine's, whatever the venue's clock says.
pub fn now() -> Timestamp {
    Timestamp(clock::unix_nanos())
}

/// Returns the lock beside the configuration in use, or else in the working directory.
///
/// # Errors
/// There is no working directory.
pub fn lock_file(loaded: &Loaded) -> Result<LockFile> {
    let folder = std::path::absolute(loaded.folder().join("."));
    folder.map(|folder| LockFile::within(&folder)).map_err(|error| Report::io("there is no working directory", &error))
}

/// Returns the report of a lock that cannot be read or written.
pub fn report(error: &LockFileError) -> Report {
    Report::from_error(Kind::User, error).hint(error.hint())
}

/// Returns the content of the signature beside the component `file`, or `None` if there is none.
///
/// # Errors
/// Something is there and cannot be read: it is no unsigned component.
pub fn signature_beside(file: &Path) -> Result<Option<Vec<u8>>> {
    let unreadable = |error| Report::io(format!("cannot read {}", signature_path(file).display()), &error);
    read_beside(file).map_err(unreadable)
}
