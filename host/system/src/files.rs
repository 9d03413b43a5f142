//! Atomic and durable file writing, in four levels.
//!
//! | Level                              | After a power cut              | Permissions | Used for               |
//! |------------------------------------|--------------------------------|-------------|------------------------|
//! | [`replace`], or [`scratch_file`]   | old, new or damaged file       | umask       | caches, scores         |
//! | [`replace_private`]                | old or new file, whole         | 0600        | accounts of the exchange |
//! | [`replace_durably`]                | new file                       | 0600        | kill switch, notes, lock |
//! | [`create_private`]                 | new file, if its name survived | 0600        | private keys           |
//!
//! While the machine runs, readers see the old file or the new one, never a part of it; [`create_private`] is the
//! exception, and never replaces a file.
//!
//! Code with a protocol of its own (the live store, recordings, tapes, the control socket) is built from the single
//! operations below. Each function makes the same system calls in the same order every time: the crash tests fail
//! them one by one, so a changed sequence is a changed guarantee.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::{leftovers, user};

/// Replaces the file at `path` atomically by the concatenated `parts`; permissions follow the umask.
///
/// Nothing is synced: a power cut may lose or damage the file.
///
/// # Errors
/// The system's; then `path` is as it was.
pub fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = scratch_file(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path)?;
    Ok(())
}

/// Replaces the file at `path` atomically by `content`, readable by its owner alone.
///
/// The content is on the disk before it gets its name, but the folder is not synced: after a power cut `path` is the
/// old file or the new one.
///
/// # Errors
/// The system's; then `path` is as it was.
pub fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let scratch = path.with_extension("new");
    // Made anew rather than truncated: one that is there may be readable by others.
    remove_if_present(&scratch)?;
    create_private(&scratch, content)?;
    rename(&scratch, path)
}

/// Replaces the file at `path` atomically and durably by `content`, readable by its owner alone.
///
/// The new file survives a power cut from the moment this returns.
///
/// # Errors
/// The system's. Then `path` is as it was, unless only the last step failed, the sync of the folder.
pub fn replace_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    // Processes do not share a half-written file: `host kill` may write while the host does.
    name.push(format!(".{}.part", std::process::id()));
    let part = Path::new(&name);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| rename_durably(part, path));
    if written.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(part);
    }
    written
}

/// Creates the file at `path` with `content`, on the disk, readable by its owner alone.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if anything is at `path`; otherwise the system's.
pub fn create_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = new_private_file(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Creates an empty file at `path`, readable by its owner alone, and opens it for writing.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if anything is at `path`; otherwise the system's.
pub fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Creates the folder `path` and those above it, open to their owner alone. Folders that exist keep their permissions.
///
/// # Errors
/// The system's.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns the mode of the file or folder at `path` if it is exposed to users other than its owner, as
/// [`user::is_exposed`] has it, and `None` if it is not.
///
/// # Errors
/// The system's.
pub fn open_to_others(path: &Path) -> io::Result<Option<u32>> {
    let found = fs::metadata(path)?;
    Ok(user::is_exposed(&found).then_some(found.permissions().mode() & 0o777))
}

/// Takes away from others than its owner what they may do with the file or folder at `path`. What its owner may do
/// stays as it is.
///
/// # Errors
/// The system's.
pub fn close_to_others(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o700;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Creates a file beside `path` that removes itself unless it is persisted there; permissions follow the umask.
/// Leftovers of writers of the same path that were killed are removed.
///
/// # Errors
/// The system's.
pub fn scratch_file(path: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (folder, prefix) = (folder_of(path), format!(".{name}-being-written-"));
    leftovers::remove(folder, &prefix);
    // By default a temporary file is its owner's alone, and would keep those permissions under its final name.
    let mode = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().permissions(mode).prefix(&prefix).tempfile_in(folder)?;
    leftovers::claim(file.as_file());
    Ok(file)
}

/// Creates a folder in `parent` whose name begins with `prefix`, and which removes itself unless it is renamed;
/// permissions follow the umask. Leftovers of the same prefix whose process was killed are removed.
///
/// # Errors
/// The system's.
pub fn scratch_folder(parent: &Path, prefix: &str) -> io::Result<ScratchFolder> {
    scratch_folder_for(parent, prefix, 0o777)
}

/// As [`scratch_folder`], open to its owner alone.
///
/// # Errors
/// The system's.
pub fn private_scratch_folder(parent: &Path, prefix: &str) -> io::Result<ScratchFolder> {
    scratch_folder_for(parent, prefix, 0o700)
}

fn scratch_folder_for(parent: &Path, prefix: &str, mode: u32) -> io::Result<ScratchFolder> {
    leftovers::remove(parent, prefix);
    let folder =
        tempfile::Builder::new().permissions(Permissions::from_mode(mode)).prefix(prefix).tempdir_in(parent)?;
    let claimed = File::open(folder.path())?;
    leftovers::claim(&claimed);
    Ok(ScratchFolder { folder, _claimed: claimed })
}

/// A folder that removes itself unless it is kept or renamed.
#[derive(Debug)]
pub struct ScratchFolder {
    folder: TempDir,
    /// Tells other processes that its writer lives.
    _claimed: File,
}

impl ScratchFolder {
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of the folder, which stays.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Gives `from` the name `to`, atomically; a file of that name is replaced. Not durable before [`sync_folder`].
///
/// # Errors
/// The system's.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Gives `from` the name `to`, atomically, and syncs the folder, so that the name survives a power cut.
///
/// # Errors
/// The system's. If syncing fails, `from` has its new name already.
pub fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    rename(from, to)?;
    sync_folder(folder_of(to))
}

/// Removes the file at `path`, if there is one.
///
/// # Errors
/// The system's.
pub fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the file at `path`, if there is one, so that it does not come back after a power cut.
///
/// # Errors
/// The system's. If syncing the folder fails, the file is already gone.
pub fn remove_durably(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Brings the names in `folder`, renames and removals, onto the disk.
///
/// # Errors
/// The system's.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that holds `path`: the current one for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
