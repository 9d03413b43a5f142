//! Makes a backup, while a host trades or not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::Timestamp;
use host_system::{capped, files};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::archive::ArchiveWriter;
use super::error::BackupError;
use super::manifest::{BackupManifest, FORMAT, MANIFEST};
use super::recording::{Part, RecordingCopy};
use crate::journal::{CopyMark, Journal, JournalError};
use crate::live::{JOURNAL_FILE, lock};
use crate::paper::LEDGER_FILE;
use crate::recording;
use crate::sqlite;

/// Number of pages that are copied at a time, between two reports of progress.
const PAGES: i32 = 2_048;
/// Number of attempts at a recording and a journal that belong together.
const TRIES: u32 = 5;

/// Writes a backup of the account in the folder `account` to the new file `out`. `host_version` and `created` go into
/// its manifest. `progress` is told the number of bytes done and, as far as it is known, in total.
///
/// # Errors
/// There is no account, it is damaged, or the disk is full; [`BackupError::Exists`] if something is at `out`. No file
/// is left behind.
pub fn create(
    account: &Path,
    out: &Path,
    host_version: &str,
    created: Timestamp,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<BackupManifest, BackupError> {
    let exists = || BackupError::Exists { path: out.to_owned() };
    if fs::symlink_metadata(out).is_ok() {
        return Err(exists());
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = files::private_scratch_folder(parent, ".host-backup-");
    let scratch = scratch.map_err(BackupError::io("write to", parent))?;
    let (copy, recording) = take(account, scratch.path(), progress)?;
    let ledger = copy_ledger(account, scratch.path())?;
    let mut manifest = describe(&copy, account)?;
    (manifest.created, manifest.host_version) = (created.to_string(), host_version.to_owned());
    let unfinished = scratch.path().join("backup");
    let failed = BackupError::io("write", out);
    let mut archive = files::new_private_file(&unfinished).and_then(ArchiveWriter::new).map_err(&failed)?;
    add_all(&mut archive, parts(account, (&copy, ledger.as_deref()), recording)?, out, progress)?;
    manifest.files = std::mem::take(&mut archive.files);
    let text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::from).map_err(&failed)?;
    archive.add(MANIFEST, text.len() as u64, &text[..], &mut |_| ()).map_err(&failed)?;
    archive.finish().map_err(&failed)?;
    // A link, unlike a rename, does not replace a file that came in between.
    fs::hard_link(&unfinished, out).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(),
        _ => failed(error),
    })?;
    files::sync_folder(parent).map_err(failed)?;
    Ok(manifest)
}

/// Copies the journal into `scratch`, and takes the recording that belongs to it.
fn take(
    account: &Path,
    scratch: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(PathBuf, Option<RecordingCopy>), BackupError> {
    let copy = scratch.join(JOURNAL_FILE);
    for _ in 0..TRIES {
        // The journal has each poll before the recording has it, and refers to finished days only. So the recording is
        // taken first, and both belong together unless a day was finished in between.
        let recording = RecordingCopy::take(account)?;
        copy_journal(&account.join(JOURNAL_FILE), &copy, progress)?;
        if recording.as_ref().map_or(Ok(true), RecordingCopy::is_current)? {
            return Ok((copy, recording));
        }
        fs::remove_file(&copy).map_err(BackupError::io("remove", &copy))?;
    }
    Err(BackupError::Busy { path: account.join(recording::FOLDER) })
}

/// Copies the journal at `path` as of one moment into the new file `copy`, and marks the copy as whole.
fn copy_journal(path: &Path, copy: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<(), BackupError> {
    let journal = Journal::open(path)?;
    files::new_private_file(copy).map_err(BackupError::io("write", copy))?;
    let failed_to_read = JournalError::from_sqlite(path);
    let failed = JournalError::from_sqlite(copy);
    // One transaction, so that all pages are of the same moment, however many steps it takes.
    let source = journal.connection();
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(&failed_to_read)?;
    let page_bytes: u64 = source
        .pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))
        .map_err(&failed_to_read)?
        .unsigned_abs();
    let mut target = Connection::open(copy).map_err(&failed)?;
    let backup = Backup::new(source, &mut target).map_err(&failed)?;
    while backup.step(PAGES).map_err(&failed)? != StepResult::Done {
        let pages = backup.progress();
        let bytes = |pages: i32| u64::from(pages.unsigned_abs()) * page_bytes;
        progress(bytes(pages.pagecount - pages.remaining), bytes(pages.pagecount));
    }
    drop(backup);
    source.execute_batch("COMMIT").map_err(&failed_to_read)?;
    target.pragma_update(None, "journal_mode", "DELETE").map_err(&failed)?;
    let transaction = target.transaction().map_err(&failed)?;
    if CopyMark::is_kept(&transaction).map_err(&failed)? {
        CopyMark::begin(copy, &transaction)?.ended().write_next(&transaction).map_err(&failed)?;
    }
    transaction.commit().map_err(&failed)?;
    target.close().map_err(|(_, error)| failed(error))?;
    Ok(())
}

/// Copies the ledger of a pretend account into `scratch`, after the journal: as a venue, it may be ahead of it. Returns
/// `None` if there is none.
fn copy_ledger(account: &Path, scratch: &Path) -> Result<Option<PathBuf>, BackupError> {
    let (path, copy) = (account.join(LEDGER_FILE), scratch.join(LEDGER_FILE));
    if !path.exists() {
        return Ok(None);
    }
    files::new_private_file(&copy).map_err(BackupError::io("write", &copy))?;
    let source = sqlite::open(&path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let source = source.map_err(JournalError::from_sqlite(&path))?;
    let failed = JournalError::from_sqlite(&copy);
    let mut target = Connection::open(&copy).map_err(&failed)?;
    Backup::new(&source, &mut target)
        .and_then(|backup| backup.run_to_completion(PAGES, Duration::ZERO, None))
        .map_err(&failed)?;
    target.pragma_update(None, "journal_mode", "DELETE").map_err(&failed)?;
    target.close().map_err(|(_, error)| failed(error))?;
    Ok(Some(copy))
}

/// Describes the journal at `path`, a copy of that of `account`, without the files.
pub(super) fn describe(path: &Path, account: &Path) -> Result<BackupManifest, BackupError> {
    let journal = Journal::open(path)?;
    let no_account = || BackupError::NoAccount { path: account.join(JOURNAL_FILE) };
    let failed = JournalError::from_sqlite(path);
    let connection = journal.connection();
    let is_live = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'account'").map_err(&failed)?;
    if !{ is_live }.exists([]).map_err(&failed)? {
        return Err(no_account());
    }
    let owner = "SELECT venue, environment, account, version FROM account";
    let owner = connection.query_row(owner, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let (venue, environment, name, account_version) = owner.optional().map_err(&failed)?.ok_or_else(no_account)?;
    let last = "SELECT time FROM events WHERE time IS NOT NULL ORDER BY seq DESC LIMIT 1";
    let last: Option<i64> = connection.query_row(last, [], |row| row.get(0)).optional().map_err(&failed)?;
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(&failed)?;
    Ok(BackupManifest {
        format: FORMAT,
        venue,
        environment,
        account: name,
        created: String::new(),
        host_version: String::new(),
        engine_version: journal.run_info()?.engine_version,
        journal_version: version,
        account_version,
        events: journal.count_events()?,
        last_event: last.map(|time| Timestamp(time).to_string()),
        records: journal.count()?,
        files: Vec::new(),
    })
}

/// Returns everything to copy: journal, recording, and what else is in the folder.
fn parts(
    account: &Path,
    (copy, ledger): (&Path, Option<&Path>),
    recording: Option<RecordingCopy>,
) -> Result<Vec<Part>, BackupError> {
    let mut parts = vec![part(copy, JOURNAL_FILE.to_owned())?];
    if let Some(ledger) = ledger {
        parts.push(part(ledger, LEDGER_FILE.to_owned())?);
    }
    if let Some(recording) = recording {
        parts.extend(recording.parts()?);
    }
    // Last, because what the journal no longer has is in the archive: better in both than in neither.
    add_folder(account, "", &mut parts)?;
    Ok(parts)
}

fn part(path: &Path, name: String) -> Result<Part, BackupError> {
    let failed = BackupError::io("read", path);
    let file = capped::open(path).map_err(&failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    Ok((name, bytes, Box::new(file)))
}

/// Adds the finished files of a folder and those below it; `prefix` is its path within the account's folder.
fn add_folder(folder: &Path, prefix: &str, parts: &mut Vec<Part>) -> Result<(), BackupError> {
    let failed = BackupError::io("read", folder);
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).and_then(Iterator::collect);
    let mut entries = entries.map_err(&failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, kind) = (entry.path(), entry.file_type().map_err(&failed)?);
        if is_left_out(&name, prefix.is_empty()) {
            continue;
        }
        match part(&path, format!("{prefix}{name}")) {
            _ if kind.is_dir() => add_folder(&path, &format!("{prefix}{name}/"), parts)?,
            _ if !kind.is_file() => {}
            Err(BackupError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            part => parts.push(part?),
        }
    }
    Ok(())
}

/// The folder of the log files, which grow and are removed meanwhile; the journal has what they tell.
const LOGS_FOLDER: &str = "logs";

/// Returns true for what a copy must not have: locks, logs, files that are being written, and what is copied otherwise.
fn is_left_out(name: &str, is_top: bool) -> bool {
    let is_unfinished = [".new", ".part", ".unfinished", ".lock"].iter().any(|end| name.ends_with(end));
    let special = [recording::FOLDER, lock::LOCK_FILE, LOGS_FOLDER];
    let is_special = name.starts_with(JOURNAL_FILE) || name.starts_with(LEDGER_FILE) || special.contains(&name);
    is_unfinished || name.starts_with('.') || (is_top && is_special)
}

fn add_all(
    archive: &mut ArchiveWriter,
    parts: Vec<Part>,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), BackupError> {
    let total = parts.iter().map(|(_, bytes, _)| bytes).sum();
    let mut done = 0;
    for (name, bytes, content) in parts {
        let added = archive.add(&name, bytes, content, &mut |read| progress(done + read, total));
        added.map_err(BackupError::io("write", out))?;
        done += bytes;
    }
    Ok(())
}
