//! Tells a journal from a copy of its file that was made while it was being written.
//!
//! What was committed last stands in the write-ahead log beside the file. A copy of the file alone reads as a shorter
//! journal, and one that was copied at another moment than its log as a mixture of two moments. So each transaction
//! writes a [`CopyMark`]: the number of the transaction, and the identity of the file that is being written, as long as
//! it is. A file that is marked as being written is whole if it is that very file, or if its log continues it without
//! a gap.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use host_system::capped;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::error::JournalError;

const READ: &str = "SELECT mark FROM copy_mark";
const WRITE: &str = "UPDATE copy_mark SET mark = ?";
const ROOT: &str = "SELECT rootpage FROM sqlite_schema WHERE name = 'copy_mark'";

/// First bytes of a mark, to recognise one in a page.
const MAGIC: [u8; 8] = *b"HJ copy\0";
const MARK_BYTES: usize = 41;
/// Lengths of the headers of a write-ahead log and of each of its frames.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The state of a journal file as of its last transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyMark {
    /// True while a host writes the journal.
    is_open: bool,
    /// Number of the last transaction.
    commit: u64,
    /// A random number that every copy of the journal has, and no other journal.
    journal: u64,
    /// The file that is being written.
    file: FileId,
}

/// The identity of a file. A number alone is not enough: it passes to another file when this one is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    inode: u64,
    /// Time of creation in nanoseconds; 0 if the file system does not know it.
    born_ns: u64,
}

impl FileId {
    fn of(path: &Path) -> io::Result<FileId> {
        let meta = fs::metadata(path)?;
        let born = meta.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(FileId { inode: meta.ino(), born_ns: born.map_or(0, |born| born.as_nanos() as u64) })
    }
}

impl CopyMark {
    /// Returns the mark of the journal at `path`, which this process is about to write.
    pub(crate) fn begin(path: &Path, connection: &Connection) -> Result<CopyMark, JournalError> {
        let file = FileId::of(path).map_err(|source| JournalError::Io { path: path.to_owned(), source })?;
        let last = read(connection).map_err(JournalError::from_sqlite(path))?;
        let journal = last.map_or_else(|| Uuid::new_v4().as_u64_pair().0, |last| last.journal);
        Ok(CopyMark { is_open: true, commit: last.map_or(0, |last| last.commit), journal, file })
    }

    /// Writes the mark of the transaction that `connection` is in, and returns it: it counts once that is committed.
    pub(crate) fn write_next(self, connection: &Connection) -> rusqlite::Result<CopyMark> {
        let next = CopyMark { commit: self.commit + 1, ..self };
        connection.prepare_cached(WRITE)?.execute([next.to_bytes()])?;
        Ok(next)
    }

    /// Returns the mark of a journal that is not written any more.
    pub(crate) fn ended(self) -> CopyMark {
        CopyMark { is_open: false, ..self }
    }

    /// Returns true if the journal has a place for a mark: one of an old host has none.
    pub(crate) fn is_kept(connection: &Connection) -> rusqlite::Result<bool> {
        connection.prepare(ROOT)?.exists([])
    }

    pub(crate) fn is_ended(self) -> bool {
        !self.is_open
    }

    fn to_bytes(self) -> [u8; MARK_BYTES] {
        let mut bytes = [0; MARK_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8] = u8::from(self.is_open);
        bytes[9..17].copy_from_slice(&self.commit.to_be_bytes());
        bytes[17..25].copy_from_slice(&self.file.inode.to_be_bytes());
        bytes[25..33].copy_from_slice(&self.file.born_ns.to_be_bytes());
        bytes[33..].copy_from_slice(&self.journal.to_be_bytes());
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Option<CopyMark> {
        let rest = bytes.get(..MARK_BYTES)?.strip_prefix(&MAGIC)?;
        let number = |at: usize| rest[at..at + 8].iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let file = FileId { inode: number(9), born_ns: number(17) };
        Some(CopyMark { is_open: rest[0] != 0, commit: number(1), journal: number(25), file })
    }

    /// Returns the mark in `page`, a leaf of the table whose only row it is.
    fn of_page(page: &[u8]) -> Option<CopyMark> {
        let cell = usize::from(u16::from_be_bytes([*page.get(8)?, *page.get(9)?]));
        // Lengths of row and row header, number of the row and type of the mark take a byte each.
        CopyMark::of_bytes(page.get(cell + 4..)?)
    }
}

/// Looks at the mark in the file of a journal that this process writes, past SQLite, which has its own copy.
#[derive(Debug)]
pub(crate) struct PlacedMark {
    root: i64,
    /// The highest transaction seen in the file.
    seen: u64,
}

impl PlacedMark {
    /// Number of looks, and the pause between them: a look may come in the middle of a write.
    const LOOKS: u32 = 3;
    const PAUSE: Duration = Duration::from_millis(20);

    pub(crate) fn new(connection: &Connection) -> rusqlite::Result<PlacedMark> {
        Ok(PlacedMark { root: connection.query_row(ROOT, [], |row| row.get(0))?, seen: 0 })
    }

    /// Returns true if the file at `path` has no mark, that of another file, or one from before an earlier look.
    /// `mark` is the last that was committed.
    pub(crate) fn is_overwritten(&mut self, path: &Path, connection: &Connection, mark: CopyMark) -> bool {
        // Another program may have moved the page; then there is nothing to go by.
        let is_moved = connection.query_row(ROOT, [], |row| row.get(0)) != Ok(self.root);
        let mut is_overwritten = || {
            let found = Pages::open(path).and_then(|pages| pages.mark_in_file(self.root.cast_unsigned()));
            let Ok(found) = found else { return false };
            let own =
                found.filter(|found| found.file == mark.file && (self.seen..=mark.commit).contains(&found.commit));
            self.seen = own.map_or(self.seen, |own| own.commit);
            own.is_none()
        };
        !is_moved
            && (0..Self::LOOKS).all(|look| {
                if look > 0 {
                    thread::sleep(Self::PAUSE);
                }
                is_overwritten()
            })
    }
}

/// Returns an error if the journal at `path`, open as `connection`, is a torn copy. One of an old host has no mark.
///
/// `is_idle` says that nobody writes it just now. Then its log is checked even if it is the file that was written: a
/// copy may have been put in its place, beside a log that is not its own.
pub(crate) fn check_copy(path: &Path, connection: &Connection, is_idle: bool) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    let torn = |reason: &'static str| Err(JournalError::Torn { path: path.to_owned(), reason });
    let Some(mark) = read(connection).map_err(&failed)? else { return Ok(()) };
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(&failed)?;
    let is_original = FileId::of(path).is_ok_and(|file| file == mark.file);
    if mode != "wal" || is_original && !is_idle {
        return Ok(());
    }
    let root = connection.query_row(ROOT, [], |row| row.get::<_, i64>(0)).map_err(&failed)?.cast_unsigned();
    let read = Pages::open(path).and_then(|pages| Ok((pages.mark_in_file(root)?, pages.first_mark_in_log(root)?)));
    let (in_file, in_log) = read.map_err(|source| JournalError::Io { path: path.to_owned(), source })?;
    if in_file.is_some_and(|in_file| in_file.journal != mark.journal) {
        return torn("its write-ahead log is that of another journal");
    }
    // Until the first mark is brought into the file, it stands in the log alone.
    let in_file = in_file.map_or(0, |in_file| in_file.commit);
    match in_log {
        // Another program may have folded the log of a killed host into the file.
        None if mark.is_open && !is_original => torn("its write-ahead log is missing"),
        None => Ok(()),
        Some(first) if in_file + 1 < first.commit || mark.commit < in_file => torn(OTHER_MOMENT),
        Some(_) if is_original => Ok(()),
        Some(_) => match is_consistent(connection).map_err(failed)? {
            true => Ok(()),
            false => torn(OTHER_MOMENT),
        },
    }
}

const OTHER_MOMENT: &str = "its write-ahead log was copied at another moment";

/// Returns the mark as of the last transaction; `None` in a journal of an old host.
fn read(connection: &Connection) -> rusqlite::Result<Option<CopyMark>> {
    if !CopyMark::is_kept(connection)? {
        return Ok(None);
    }
    let bytes: Option<Vec<u8>> = connection.query_row(READ, [], |row| row.get(0)).optional()?;
    Ok(bytes.as_deref().and_then(CopyMark::of_bytes))
}

/// Checks all pages, and that no event is missing. Takes a time that grows with the file, for copies only.
fn is_consistent(connection: &Connection) -> rusqlite::Result<bool> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    let dense = "SELECT count(*) = coalesce(max(seq) - min(seq) + 1, 0) FROM events";
    Ok(found == "ok" && connection.query_row(dense, [], |row| row.get(0))?)
}

/// A journal's file and its write-ahead log, read without SQLite, which shows both as one.
struct Pages {
    file: File,
    log: PathBuf,
}

impl Pages {
    fn open(path: &Path) -> io::Result<Pages> {
        // SQLite, too, looks for the log beside the file that a link leads to.
        let mut log = fs::canonicalize(path)?.into_os_string();
        log.push("-wal");
        Ok(Pages { file: capped::open(path)?, log: log.into() })
    }

    /// Returns the mark on page `root` of the file, if it has one.
    fn mark_in_file(&self, root: u64) -> io::Result<Option<CopyMark>> {
        let mut size = [0; 2];
        if self.file.metadata()?.len() < 18 {
            return Ok(None);
        }
        self.file.read_exact_at(&mut size, 16)?;
        // 1 stands for 65,536, which has no place in two bytes.
        let size = match u16::from_be_bytes(size) {
            1 => 1 << 16,
            size => usize::from(size),
        };
        let mut page = vec![0; size];
        match self.file.read_exact_at(&mut page, root.saturating_sub(1) * size as u64) {
            Ok(()) => Ok(CopyMark::of_page(&page)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the first mark in the log's frames; `None` without a log, or with one whose frames do not count.
    fn first_mark_in_log(&self, root: u64) -> io::Result<Option<CopyMark>> {
        let mut log = match capped::open(&self.log) {
            Ok(log) => BufReader::new(log),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut header = [0; LOG_HEADER];
        if !read_whole(&mut log, &mut header)? {
            return Ok(None);
        }
        let word =
            |bytes: &[u8], at: usize| bytes[at..at + 4].iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
        let (magic, page_size) = (word(&header, 0), word(&header, 8));
        if magic & !1 != 0x377F_0682 || !(512..=1 << 16).contains(&page_size) {
            return Ok(None);
        }
        let mut frame = vec![0; FRAME_HEADER + page_size as usize];
        // Frames with other salts than the header's are left over from before the log began anew.
        while read_whole(&mut log, &mut frame)? && frame[8..16] == header[16..24] {
            if word(&frame, 0) == root {
                return Ok(CopyMark::of_page(&frame[FRAME_HEADER..]));
            }
        }
        Ok(None)
    }
}

/// Fills `bytes`; returns false if the file ends before.
fn read_whole(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
