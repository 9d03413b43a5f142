//! Writes a tape into a hidden folder beside its final name, which it gets only once it is complete.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{Quotes, QuotesView, Span, Timestamp};
use host_system::files::{self, ScratchFolder};
use parquet::errors::ParquetError;
use serde::Serialize;

use super::check::check;
use super::file::{DayWriter, Packing, checksum, day_file_name, io_error};
use super::meta::{DayFile, Listing, MARKETS_FILE, TAPE_FILE};
use super::open::listing_problem;
use super::rows::extend;
use super::tally::Tally;
use super::{Tape, TapeError, TapeMeta};

/// Writes a tape. Dropping it before [`TapeWriter::finish`] leaves nothing behind.
pub struct TapeWriter {
    path: PathBuf,
    folder: ScratchFolder,
    /// Rows of one day that are not on disk yet, fewer than a row group.
    buffer: Quotes,
    /// The day that is being written.
    day: Option<(DayFile, DayWriter)>,
    days: Vec<DayFile>,
    tally: Tally,
}

impl std::fmt::Debug for TapeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TapeWriter").field("path", &self.path).field("rows", &self.tally.rows).finish_non_exhaustive()
    }
}

impl TapeWriter {
    /// Begins a tape that will be the folder `path`.
    ///
    /// # Errors
    /// [`TapeError::Refused`] if something exists at `path`: the user's files are never replaced. [`TapeError::Io`]
    /// if the parent folder cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<TapeWriter, TapeError> {
        let path = path.as_ref().to_owned();
        refuse_existing(&path)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(TapeError::io("create", &parent))?;
        let folder = files::scratch_folder(&parent, ".tape-being-written-")
            .map_err(TapeError::io("create a folder in", &parent))?;
        Ok(TapeWriter { path, folder, buffer: Quotes::default(), day: None, days: Vec::new(), tally: Tally::new() })
    }

    /// Returns the number of rows appended.
    pub fn rows(&self) -> u64 {
        self.tally.rows
    }

    /// Returns a folder for temporary files on the same disk, whose content must be removed before the writer finishes.
    pub(crate) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Appends rows, which must continue in time order. A price of exactly 0 or 1 means an empty side and is stored
    /// as absent.
    ///
    /// # Errors
    /// [`TapeError::Refused`] for a row that breaks the rules of a tape, [`TapeError::Io`] for example on a full
    /// disk. The tape is then lost: drop the writer.
    pub fn append(&mut self, rows: QuotesView<'_>) -> Result<(), TapeError> {
        let mut start = 0;
        while start < rows.len() {
            let day = Timestamp(rows.time[start]).day();
            if self.day.as_ref().is_none_or(|(open, _)| open.day != day) {
                self.begin_day(day)?;
            }
            let next_day = Timestamp::start_of_day(day + 1).0;
            let room = (Packing::Fast.rows_per_group() - self.buffer.len()).min(rows.len() - start);
            let taken = rows.time[start..start + room].iter().take_while(|&&time| time < next_day).count().max(1);
            self.take(rows, start, start + taken)?;
            start += taken;
            if self.buffer.len() == Packing::Fast.rows_per_group() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Checks rows `start..end` and copies them into the buffer.
    fn take(&mut self, rows: QuotesView<'_>, start: usize, end: usize) -> Result<(), TapeError> {
        let before = self.buffer.len();
        extend(&mut self.buffer, rows.slice(start..end));
        if let Some((row, problem)) = check(&mut self.buffer, before, self.tally.last, u32::MAX) {
            return Err(self.refused(format!("row {}: {problem}", self.tally.rows + row as u64)));
        }
        self.tally.note(self.buffer.view(before..self.buffer.len()));
        Ok(())
    }

    fn begin_day(&mut self, day: i64) -> Result<(), TapeError> {
        self.end_day()?;
        let file = day_file_name(day, 0);
        let writer = DayWriter::create(&self.folder.path().join(&file), Packing::Fast)
            .map_err(|error| self.write_error(error))?;
        self.day = Some((DayFile { day, file, rows: 0, crc32: None }, writer));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TapeError> {
        if let Some((_, writer)) = &mut self.day
            && !self.buffer.is_empty()
        {
            let result = writer.write(self.buffer.all());
            result.map_err(|error| self.write_error(error))?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn end_day(&mut self) -> Result<(), TapeError> {
        self.flush()?;
        if let Some((mut day, writer)) = self.day.take() {
            day.rows = writer.finish().map_err(|error| self.write_error(error))?;
            let path = self.folder.path().join(&day.file);
            day.crc32 = Some(checksum(&path).map_err(TapeError::io("read back", &self.path))?);
            self.days.push(day);
        }
        Ok(())
    }

    /// Writes the description and gives the tape its name.
    ///
    /// # Errors
    /// [`TapeError::Refused`] if there are no rows, rows of markets that are not listed, an inconsistent listing, or if
    /// something has appeared at the path in the meantime. [`TapeError::Io`] for example on a full disk.
    pub fn finish(mut self, listing: Listing) -> Result<Tape, TapeError> {
        self.end_day()?;
        if self.tally.rows == 0 {
            return Err(self.refused("there is no row to write".into()));
        }
        let problem = listing_problem(&listing.markets, &listing.settlements);
        if let Some(reason) = problem {
            return Err(self.refused(reason));
        }
        if self.tally.coverage.end() > listing.markets.len() {
            let (id, listed) = (self.tally.coverage.end() - 1, listing.markets.len());
            return Err(self.refused(format!("there are rows of market {id}, but {listed} markets are listed")));
        }
        let poll = listing.poll.filter(|&poll| poll > Span::ZERO);
        let mut meta = TapeMeta::empty(listing.source);
        (meta.poll, meta.days, meta.settlements) = (poll, std::mem::take(&mut self.days), listing.settlements);
        meta.inferred_ticks = listing.inferred_ticks;
        let meta = self.tally.describe(meta);
        self.write_json(MARKETS_FILE, &listing.markets)?;
        self.write_json(TAPE_FILE, &meta)?;
        refuse_existing(&self.path)?;
        files::rename(self.folder.path(), &self.path).map_err(TapeError::io("create", &self.path))?;
        Tape::open(&self.path)
    }

    fn write_json(&self, name: &str, content: &impl Serialize) -> Result<(), TapeError> {
        // The folder has a temporary name, which would mean nothing to anybody.
        let text = serde_json::to_vec_pretty(content).map_err(std::io::Error::from);
        let written = text.and_then(|text| fs::write(self.folder.path().join(name), text));
        written.map_err(TapeError::io("write", &self.path))
    }

    fn refused(&self, reason: String) -> TapeError {
        TapeError::Refused { path: self.path.clone(), reason }
    }

    fn write_error(&self, error: ParquetError) -> TapeError {
        TapeError::Io { action: "write the tape", path: self.path.clone(), source: io_error(error) }
    }
}

fn refuse_existing(path: &Path) -> Result<(), TapeError> {
    if path.exists() {
        let reason = "something is there already; choose another name or remove it first".into();
        return Err(TapeError::Refused { path: path.to_owned(), reason });
    }
    Ok(())
}
