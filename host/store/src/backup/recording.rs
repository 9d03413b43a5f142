//! A recording as of one moment, while a host goes on to write it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use host_system::capped;

use super::error::BackupError;
use crate::recording::FOLDER;
use crate::tape::{ADDITIONS_FILE, MARKETS_FILE, MARKETS_TABLE, TAPE_FILE, Tape};

/// End of the names of files with polls that are in no finished day.
const SEGMENT: &str = "segment";

/// The files of a recording that are part of a copy.
///
/// Segments are opened before the description is read: rows that move from one into the other meanwhile are then in
/// both, which a reader knows. Finished days never change, nor do the lines that list them.
#[derive(Debug)]
pub(super) struct RecordingCopy {
    folder: PathBuf,
    /// Open, because a segment is renamed when its day ends and removed when it is in the tape.
    segments: Vec<Segment>,
    /// Files that describe the finished days, by name; those that grow, as long as they were.
    lists: Vec<(&'static str, Vec<u8>)>,
    /// Paths of the finished days' files within the folder.
    days: Vec<String>,
}

/// An open segment, as long as it was when it was opened.
#[derive(Debug)]
struct Segment {
    name: String,
    /// Number of the file: another one may get the name.
    inode: u64,
    bytes: u64,
    file: File,
}

/// A file to copy: its path within the account's folder, its length, and the file itself.
pub(super) type Part = (String, u64, Box<dyn io::Read>);

impl RecordingCopy {
    /// Takes a recording beside the journal of `account`; `None` if there is none.
    pub(super) fn take(account: &Path) -> Result<Option<RecordingCopy>, BackupError> {
        let folder = account.join(FOLDER);
        if !folder.join(TAPE_FILE).exists() {
            return Ok(None);
        }
        let failed = BackupError::io("read", &folder);
        let segments = open_segments(&folder).map_err(&failed)?;
        let lists = lists(&folder).map_err(&failed)?;
        let tape = Tape::open(&folder).map_err(|error| BackupError::damaged(&folder, error))?;
        let meta = tape.meta();
        let days = meta.days.iter().chain(&meta.trade_days).map(|day| day.file.clone()).collect();
        Ok(Some(RecordingCopy { folder, segments, lists, days }))
    }

    /// Returns true if no day was finished and no segment sealed since: then the journal of the present moment refers
    /// to nothing that is not here.
    pub(super) fn is_current(&self) -> Result<bool, BackupError> {
        let failed = BackupError::io("read", &self.folder);
        let files = |segments: &[Segment]| -> Vec<(String, u64)> {
            segments.iter().map(|segment| (segment.name.clone(), segment.inode)).collect()
        };
        let now = open_segments(&self.folder).map_err(&failed)?;
        Ok(files(&now) == files(&self.segments) && lists(&self.folder).map_err(failed)? == self.lists)
    }

    /// Returns the files to copy.
    pub(super) fn parts(self) -> Result<Vec<Part>, BackupError> {
        let name = |name: &str| format!("{FOLDER}/{name}");
        let mut parts: Vec<Part> = Vec::new();
        // A table for other programs, which a host writes anew from the lists.
        let table = self.folder.join(MARKETS_TABLE).exists().then(|| MARKETS_TABLE.to_owned());
        for day in self.days.iter().chain(&table) {
            let path = self.folder.join(day);
            let file = capped::open(&path).map_err(BackupError::io("read", &path))?;
            let bytes = file.metadata().map_err(BackupError::io("read", &path))?.len();
            parts.push((name(day), bytes, Box::new(file)));
        }
        for (file, content) in self.lists {
            parts.push((name(file), content.len() as u64, Box::new(io::Cursor::new(content))));
        }
        for segment in self.segments {
            parts.push((name(&segment.name), segment.bytes, Box::new(segment.file)));
        }
        Ok(parts)
    }
}

/// Reads the files that describe the finished days, those that there are.
fn lists(folder: &Path) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut lists = Vec::new();
    for name in [TAPE_FILE, ADDITIONS_FILE, MARKETS_FILE] {
        match capped::read(&folder.join(name), capped::RESULTS) {
            Ok(content) => lists.push((name, content)),
            // A recording of this release has no list of markets, one of a former release has no lines.
            Err(error) if error.kind() == io::ErrorKind::NotFound && name != TAPE_FILE => {}
            Err(error) => return Err(error),
        }
    }
    Ok(lists)
}

/// Opens the segments in `folder`, by name.
fn open_segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_none_or(|extension| extension != SEGMENT) {
            continue;
        }
        match capped::open(&path) {
            Ok(file) => {
                let meta = file.metadata()?;
                segments.push(Segment { name, inode: meta.ino(), bytes: meta.len(), file });
            }
            // Its day was finished in between: the description has it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    segments.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(segments)
}
