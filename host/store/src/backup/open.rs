//! Verifies and restores backups.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;

use host_system::{capped, files};
use serde::Serialize;

use super::archive::{check_digest, read_all};
use super::create::describe;
use super::error::BackupError;
use super::manifest::{BackupManifest, FORMAT, MANIFEST};
use crate::journal::JournalError;
use crate::live::{AccountSummary, JOURNAL_FILE, VerifiedAccount, verify_account};

/// The content of a backup that was found to be whole.
#[derive(Clone, Debug, Serialize)]
pub struct BackupContents {
    #[serde(flatten)]
    pub manifest: BackupManifest,
    /// Number of open orders.
    pub open_orders: usize,
    /// Number of open positions.
    pub positions: usize,
}

/// Checks every byte of the backup at `path`, that its journal can be read from the first event to the last, with the
/// polls that it refers to, and that its orders and fills agree. Unpacks it beside itself meanwhile. `progress` is told
/// the number of bytes checked and, as far as it is known, in total.
///
/// # Errors
/// [`BackupError::Damaged`], [`BackupError::NotABackup`], [`BackupError::Format`], or an error of the system.
pub fn verify(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<BackupContents, BackupError> {
    let scratch = files::private_scratch_folder(folder_of(path), ".host-verify-");
    let scratch = scratch.map_err(BackupError::io("write to", folder_of(path)))?;
    let manifest = unpack(path, scratch.path(), progress)?;
    let summary = check_content(&manifest, scratch.path()).map_err(|error| BackupError::damaged(path, error))?;
    Ok(BackupContents { manifest, open_orders: summary.open_orders.len(), positions: summary.positions.len() })
}

/// Unpacks the backup at `path` into the new folder `out`, after a check of every byte, and of its manifest by
/// `is_meant`: it returns the name of the account that the folder is for, if that is another one.
///
/// # Errors
/// [`BackupError::Exists`] or [`BackupError::Occupied`] if `out` is there and not an empty folder;
/// [`BackupError::OtherAccount`]; those of [`verify`]. No folder is left behind.
pub fn restore(
    path: &Path,
    out: &Path,
    is_meant: &dyn Fn(&BackupManifest) -> Option<String>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<BackupManifest, BackupError> {
    let is_empty = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    if fs::symlink_metadata(out).is_ok() && !is_empty {
        return Err(occupied(path, out, progress));
    }
    let parent = folder_of(out);
    let failed = BackupError::io("write to", parent);
    files::create_private_folder(parent).map_err(&failed)?;
    let scratch = files::private_scratch_folder(parent, ".host-restore-").map_err(&failed)?;
    let manifest = unpack(path, scratch.path(), progress)?;
    if let Some(wanted) = is_meant(&manifest) {
        return Err(BackupError::OtherAccount { path: out.to_owned(), wanted, found: manifest.owner() });
    }
    sync_all(scratch.path()).map_err(&failed)?;
    // An empty folder of that name is replaced.
    files::rename_durably(scratch.path(), out).map_err(BackupError::io("write", out))?;
    // It has another name by now.
    let _ = scratch.keep();
    Ok(manifest)
}

/// Returns why `out`, where something is, is not replaced by the backup at `path`: what both hold, as far as that can
/// be said.
fn occupied(path: &Path, out: &Path, progress: &mut dyn FnMut(u64, u64)) -> BackupError {
    let exists = || BackupError::Exists { path: out.to_owned() };
    let Ok(held) = describe(&out.join(JOURNAL_FILE), out) else { return exists() };
    let Ok(scratch) = files::private_scratch_folder(folder_of(out), ".host-restore-") else { return exists() };
    match unpack(path, scratch.path(), progress) {
        Ok(backup) => BackupError::Occupied { path: out.to_owned(), held: held.summary(), backup: backup.summary() },
        Err(error) => error,
    }
}

/// Unpacks everything but the manifest into `folder`, and checks it against the manifest.
fn unpack(path: &Path, folder: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<BackupManifest, BackupError> {
    let failed = BackupError::io("read", path);
    let mut file = capped::open(path).map_err(&failed)?;
    let total = file.metadata().map_err(&failed)?.len();
    match check_digest(&mut file, &mut |done| progress(done, total)) {
        Ok(true) => {}
        Ok(false) => return Err(BackupError::damaged(path, "its bytes do not have the digest at its end")),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(BackupError::NotABackup { path: path.to_owned() });
        }
        Err(error) => return Err(failed(error)),
    }
    file.rewind().map_err(&failed)?;
    let mut manifest = None;
    let mut found = read_all(file, |name, content| {
        if name == MANIFEST {
            manifest = Some(serde_json::from_reader::<_, BackupManifest>(&mut *content)?);
            io::copy(content, &mut io::sink())?;
            return Ok(());
        }
        write(&folder.join(name), content)
    })
    .map_err(|error: io::Error| BackupError::damaged(path, error))?;
    let manifest = manifest.ok_or_else(|| BackupError::NotABackup { path: path.to_owned() })?;
    if manifest.format != FORMAT {
        return Err(BackupError::Format { path: path.to_owned(), found: manifest.format, expected: FORMAT });
    }
    found.retain(|file| file.path != MANIFEST);
    match manifest.files.iter().zip(&found).find(|(listed, found)| listed != found) {
        None if manifest.files.len() == found.len() => Ok(manifest),
        None => Err(BackupError::damaged(path, "it does not have the files that its manifest lists")),
        Some((listed, _)) => Err(BackupError::damaged(path, format!("`{}` is not as it was copied", listed.path))),
    }
}

fn write(path: &Path, content: &mut dyn Read) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        files::create_private_folder(parent)?;
    }
    io::copy(content, &mut files::new_private_file(path)?).map(drop)
}

/// Checks that the unpacked account in `folder` can be read as a whole, and ends where its manifest says.
fn check_content(manifest: &BackupManifest, folder: &Path) -> Result<AccountSummary, BackupError> {
    let VerifiedAccount { events, records, summary } = verify_account(folder)?;
    if (events, records) != (manifest.events, manifest.records) {
        let reason = format!("it ends with event {events}, not {}", manifest.events);
        return Err(JournalError::Damaged { path: folder.join(JOURNAL_FILE), reason }.into());
    }
    Ok(summary)
}

/// Brings all files below `folder` onto the disk, and their names.
fn sync_all(folder: &Path) -> io::Result<()> {
    let mut folders = BTreeSet::from([folder.to_owned()]);
    while let Some(folder) = folders.pop_first() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => drop(folders.insert(entry.path())),
                false => File::open(entry.path())?.sync_all()?,
            }
        }
        files::sync_folder(&folder)?;
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
