//! Notices when the files of an account are deleted, moved or replaced while a host writes them.
//!
//! Their writer keeps them open, so it would go on to write what nobody can open any more, without an error.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::journal::{CopyMark, PlacedMark};

/// The files that a host writes, as it opened them.
#[derive(Debug)]
pub(super) struct Place {
    files: Vec<PlacedFile>,
    mark: PlacedMark,
}

#[derive(Debug)]
struct PlacedFile {
    path: PathBuf,
    /// Device and number. No other file gets the number, because this one is kept open.
    id: (u64, u64),
}

impl Place {
    /// Notes the journal at `path` and its write-ahead log, both of which this process has open.
    pub(super) fn of(path: &Path, mark: PlacedMark) -> io::Result<Place> {
        let mut log = fs::canonicalize(path)?.into_os_string();
        log.push("-wal");
        let files = [path.to_owned(), log.into()];
        let placed = |path: PathBuf| Ok(PlacedFile { id: id_of(&path)?, path });
        Ok(Place { files: files.into_iter().map(placed).collect::<io::Result<_>>()?, mark })
    }
}

impl Place {
    /// Returns the first file that is not in its place any more, and what happened to it. `mark` is the last that was
    /// committed.
    pub(super) fn lost(&mut self, connection: &Connection, mark: CopyMark) -> Option<(PathBuf, &'static str)> {
        let gone = self.files.iter().find_map(|file| {
            let how = match id_of(&file.path) {
                Ok(id) if id == file.id => return None,
                Ok(_) => "was replaced by another file",
                Err(error) if is_gone(&error) => "was deleted or moved away",
                // Commits fail, too, if the disk does.
                Err(_) => return None,
            };
            Some((file.path.clone(), how))
        });
        gone.or_else(|| {
            let journal = &self.files.first()?.path;
            self.mark.is_overwritten(journal, connection, mark).then(|| (journal.clone(), "was written over"))
        })
    }
}

fn id_of(path: &Path) -> io::Result<(u64, u64)> {
    let meta = fs::metadata(path)?;
    Ok((meta.dev(), meta.ino()))
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
