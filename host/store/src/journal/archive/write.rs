//! Writes parts of the archive, in a thread of its own and with a connection of its own.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use host_core::Timestamp;
use host_system::files;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params};

use super::{Body, EventLine, Line, RecordLine, SCRATCH, folder, last_archived, part_name};
use crate::hex::hex;
use crate::journal::error::JournalError;
use crate::journal::reader::Journal;

/// More than enough for text; a day of thousands of markets takes a second.
const LEVEL: i32 = 6;

/// Events that are being archived.
#[derive(Debug)]
pub struct ArchiveJob {
    thread: JoinHandle<Result<i64, JournalError>>,
}

impl ArchiveJob {
    /// Begins to write the events of `journal` that are older than `before` and not archived yet as a part. The last
    /// event and the last record of a journal always stay in it, because the numbers go on from them.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(journal: &Path, before: Timestamp) -> Result<ArchiveJob, JournalError> {
        let owned = journal.to_owned();
        let begun = thread::Builder::new().name("archive".into()).spawn(move || archive(&owned, before));
        let thread = begun.map_err(|source| JournalError::Archive { path: journal.to_owned(), source })?;
        Ok(ArchiveJob { thread })
    }

    pub fn is_done(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for the end. Returns the number of the last event in the archive, whose rows and those before may now
    /// leave the journal; 0 if there is no archive.
    ///
    /// # Errors
    /// The journal cannot be read, or the archive not be written: then no row may leave.
    pub fn take(self) -> Result<i64, JournalError> {
        let path = PathBuf::from("archive");
        let panicked = || JournalError::Archive { path, source: io::Error::other("the thread has panicked") };
        self.thread.join().unwrap_or_else(|_| Err(panicked()))
    }
}

fn archive(path: &Path, before: Timestamp) -> Result<i64, JournalError> {
    let failed = |source| JournalError::Archive { path: folder(path), source };
    let journal = Journal::open(path)?;
    let done = last_archived(path).map_err(failed)?;
    let Some(last) = last_before(&journal, done, before)? else { return Ok(done) };
    let folder = folder(path);
    files::create_private_folder(&folder).map_err(failed)?;
    let name = folder.join(part_name(done + 1, last));
    let scratch = name.with_extension(&SCRATCH[1..]);
    clean_up(&folder).map_err(failed)?;
    write_part(&journal, &scratch, done, last)?;
    files::rename_durably(&scratch, &name).map_err(failed)?;
    Ok(last)
}

/// Removes parts that a killed host had begun.
fn clean_up(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(SCRATCH) {
            files::remove_if_present(&path)?;
        }
    }
    Ok(())
}

/// Returns the last event after number `done` that may be archived: everything up to it happened before `before`, and
/// a later event and a later record stay.
fn last_before(journal: &Journal, done: i64, before: Timestamp) -> Result<Option<i64>, JournalError> {
    let failed = JournalError::from_sqlite(&journal.path);
    let first_kept = "SELECT seq FROM events WHERE seq > ? AND time >= ? ORDER BY seq LIMIT 1";
    let kept: Option<i64> = journal
        .connection
        .query_row(first_kept, params![done, before.0], |row| row.get(0))
        .optional()
        .map_err(&failed)?;
    let last = "SELECT max(seq) FROM events WHERE seq > ?1 AND seq < ?2 AND time < ?3 \
                AND seq < (SELECT max(seq) FROM events) AND record_to < (SELECT coalesce(max(seq), 0) FROM records)";
    let row = params![done, kept.unwrap_or(i64::MAX), before.0];
    journal.connection.query_row(last, row, |row| row.get(0)).map_err(failed)
}

fn write_part(journal: &Journal, path: &Path, done: i64, last: i64) -> Result<(), JournalError> {
    let failed = |source| JournalError::Archive { path: path.to_owned(), source };
    let sqlite = JournalError::from_sqlite(&journal.path);
    let mut encoder = zstd::Encoder::new(BufWriter::new(File::create(path).map_err(failed)?), LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    // Read in one transaction, so that both tables are seen as they are at one time.
    let reading = journal.connection.unchecked_transaction().map_err(&sqlite)?;
    let before = "SELECT coalesce((SELECT record_to FROM events WHERE seq = ?), \
                  (SELECT min(seq) - 1 FROM records), 0)";
    let mut record: i64 = reading.query_row(before, [done], |row| row.get(0)).map_err(&sqlite)?;
    let sql = "SELECT seq, kind, body, record_to, cancels FROM events WHERE seq > ? AND seq <= ? ORDER BY seq";
    let mut events = reading.prepare(sql).map_err(&sqlite)?;
    let mut records =
        reading.prepare("SELECT seq, body FROM records WHERE seq > ? AND seq <= ? ORDER BY seq").map_err(&sqlite)?;
    let mut rows = events.query([done, last]).map_err(&sqlite)?;
    while let Some(row) = rows.next().map_err(&sqlite)? {
        let event = event_line(row).map_err(&sqlite)?;
        let mut of_event = records.query([record, event.record_to]).map_err(&sqlite)?;
        while let Some(row) = of_event.next().map_err(&sqlite)? {
            let (seq, body) = (row.get(0).map_err(&sqlite)?, row.get(1).map_err(&sqlite)?);
            put(&mut encoder, &Line::Record(RecordLine { seq, body })).map_err(failed)?;
        }
        record = event.record_to;
        put(&mut encoder, &Line::Event(event)).map_err(failed)?;
    }
    let file = encoder.finish().and_then(|writer| writer.into_inner().map_err(io::IntoInnerError::into_error));
    file.and_then(|file| file.sync_all()).map_err(failed)
}

fn event_line(row: &Row<'_>) -> rusqlite::Result<EventLine> {
    let body = match row.get_ref(2)? {
        ValueRef::Blob(bytes) => Body::Bytes(hex(bytes)),
        other => Body::Text(other.as_str()?.to_owned()),
    };
    Ok(EventLine { seq: row.get(0)?, kind: row.get(1)?, body, record_to: row.get(3)?, cancels: row.get(4)? })
}

fn put(to: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}
