//! Writes a tape into a hidden folder beside its final name, and gives it the name only once it is whole.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{MarketId, Quotes, QuotesView, Span, Timestamp, time::civil_date};
use parquet::errors::ParquetError;
use serde::Serialize;
use tempfile::TempDir;

use super::check::check;
use super::file::{DayWriter, ROWS_PER_GROUP, checksum};
use super::meta::{DayFile, FORMAT, Life, Listing, MARKETS_FILE, TAPE_FILE, listing_problem};
use super::{Tape, TapeError, TapeMeta};

/// Writes a tape. Dropped before [`TapeWriter::finish`], it leaves nothing behind.
pub struct TapeWriter {
    path: PathBuf,
    folder: TempDir,
    /// Rows of one day that are not on disk yet, fewer than a row group.
    buffer: Quotes,
    /// The day that is being written.
    day: Option<(DayFile, DayWriter)>,
    days: Vec<DayFile>,
    lives: Vec<Option<Life>>,
    rows: u64,
    previous: i64,
    seen: Seen,
}

/// Which optional columns ever held a value.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    sizes: bool,
    last: bool,
    volume: bool,
}

impl std::fmt::Debug for TapeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TapeWriter").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl TapeWriter {
    /// Begins a tape that will be the folder `path`.
    ///
    /// # Errors
    /// [`TapeError::Refused`] where something is at `path` already: nothing of the user's is ever replaced.
    /// [`TapeError::Io`] where its parent folder cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<TapeWriter, TapeError> {
        let path = path.as_ref().to_owned();
        refuse_existing(&path)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(TapeError::io("create", &parent))?;
        let folder = hidden_folder(&parent).map_err(TapeError::io("create a folder in", &parent))?;
        Ok(TapeWriter {
            path,
            folder,
            buffer: Quotes::default(),
            day: None,
            days: Vec::new(),
            lives: Vec::new(),
            rows: 0,
            previous: i64::MIN,
            seen: Seen::default(),
        })
    }

    /// How many rows were appended.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// From when to when each market has had rows so far, by id.
    pub(crate) fn lives(&self) -> &[Option<Life>] {
        &self.lives
    }

    /// A folder for scratch files, on the same disk, that vanishes with the writer or when it finishes.
    pub(crate) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Appends rows, which go on in time order. A price of exactly 0 or 1, an empty side, is stored as absent.
    ///
    /// # Errors
    /// [`TapeError::Refused`] for a row that breaks the rules of a tape, [`TapeError::Io`] for a full disk. The tape is then
    /// lost: drop the writer.
    pub fn append(&mut self, rows: QuotesView<'_>) -> Result<(), TapeError> {
        let mut start = 0;
        while start < rows.len() {
            let day = Timestamp(rows.time[start]).day();
            if self.day.as_ref().is_none_or(|(open, _)| open.day != day) {
                self.begin_day(day)?;
            }
            let next_day = Timestamp::start_of_day(day + 1).0;
            let room = (ROWS_PER_GROUP - self.buffer.len()).min(rows.len() - start);
            let taken = rows.time[start..start + room].iter().take_while(|&&time| time < next_day).count().max(1);
            self.take(rows, start, start + taken)?;
            start += taken;
            if self.buffer.len() == ROWS_PER_GROUP {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Checks rows `start..end` and copies them into the buffer.
    fn take(&mut self, rows: QuotesView<'_>, start: usize, end: usize) -> Result<(), TapeError> {
        let Quotes { market, time, bid, ask, bid_size, ask_size, last, volume } = &mut self.buffer;
        let before = market.len();
        market.extend_from_slice(&rows.market[start..end]);
        time.extend_from_slice(&rows.time[start..end]);
        bid.extend_from_slice(&rows.bid[start..end]);
        ask.extend_from_slice(&rows.ask[start..end]);
        bid_size.extend_from_slice(&rows.bid_size[start..end]);
        ask_size.extend_from_slice(&rows.ask_size[start..end]);
        last.extend_from_slice(&rows.last[start..end]);
        volume.extend_from_slice(&rows.volume[start..end]);
        if let Some((row, problem)) = check(&mut self.buffer, before, self.previous, u32::MAX) {
            return Err(self.refused(format!("row {}: {problem}", self.rows + row as u64)));
        }
        let any = |column: &[f64]| column[before..].iter().any(|value| !value.is_nan());
        self.seen.sizes |= any(&self.buffer.bid_size) || any(&self.buffer.ask_size);
        self.seen.last |= any(&self.buffer.last);
        self.seen.volume |= any(&self.buffer.volume);
        for row in before..self.buffer.len() {
            self.note_life(MarketId(self.buffer.market[row]), Timestamp(self.buffer.time[row]));
        }
        self.previous = self.buffer.time[self.buffer.len() - 1];
        self.rows += (end - start) as u64;
        Ok(())
    }

    fn note_life(&mut self, market: MarketId, time: Timestamp) {
        if self.lives.len() <= market.index() {
            self.lives.resize(market.index() + 1, None);
        }
        let life = self.lives[market.index()].get_or_insert(Life { market, first: time, last: time, rows: 0 });
        life.last = time;
        life.rows += 1;
    }

    fn begin_day(&mut self, day: i64) -> Result<(), TapeError> {
        self.end_day()?;
        let (year, month, date) = civil_date(day);
        let file = format!("day={year:04}-{month:02}-{date:02}.parquet");
        let writer = DayWriter::create(&self.folder.path().join(&file)).map_err(|error| self.write_error(error))?;
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
            day.crc32 = Some(checksum(&path).map_err(TapeError::io("read", &path))?);
            self.days.push(day);
        }
        Ok(())
    }

    /// Writes the description and gives the tape its name.
    ///
    /// # Errors
    /// [`TapeError::Refused`] without a row, for rows of markets that are not listed, for a listing that does not fit together,
    /// or where something has appeared at the path meanwhile. [`TapeError::Io`] for a full disk.
    pub fn finish(mut self, listing: Listing) -> Result<Tape, TapeError> {
        self.end_day()?;
        let lives: Vec<Life> = self.lives.iter().flatten().copied().collect();
        let Some(first) = lives.iter().map(|life| life.first).min() else {
            return Err(self.refused("there is no row to write".into()));
        };
        let problem = listing_problem(&listing.markets, &listing.settlements);
        if let Some(reason) = problem {
            return Err(self.refused(reason));
        }
        if self.lives.len() > listing.markets.len() {
            let (id, listed) = (self.lives.len() - 1, listing.markets.len());
            return Err(self.refused(format!("there are rows of market {id}, but {listed} markets are listed")));
        }
        let meta = TapeMeta {
            format: FORMAT,
            source: listing.source,
            poll: listing.poll.filter(|&poll| poll > Span::ZERO),
            rows: self.rows,
            first,
            last: Timestamp(self.previous),
            has_sizes: self.seen.sizes,
            has_last: self.seen.last,
            has_volume: self.seen.volume,
            days: std::mem::take(&mut self.days),
            lives,
            settlements: listing.settlements,
        };
        write_json(&self.folder.path().join(MARKETS_FILE), &listing.markets)?;
        write_json(&self.folder.path().join(TAPE_FILE), &meta)?;
        refuse_existing(&self.path)?;
        fs::rename(self.folder.path(), &self.path).map_err(TapeError::io("create", &self.path))?;
        Tape::open(&self.path)
    }

    fn refused(&self, reason: String) -> TapeError {
        TapeError::Refused { path: self.path.clone(), reason }
    }

    fn write_error(&self, error: ParquetError) -> TapeError {
        let source = match error {
            ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
                Ok(source) => *source,
                Err(cause) => std::io::Error::other(cause),
            },
            other => std::io::Error::other(other),
        };
        TapeError::Io { action: "write the tape", path: self.path.clone(), source }
    }
}

fn refuse_existing(path: &Path) -> Result<(), TapeError> {
    if path.exists() {
        let reason = "something is there already; choose another name or remove it first".into();
        return Err(TapeError::Refused { path: path.to_owned(), reason });
    }
    Ok(())
}

/// A folder that removes itself unless renamed; readable by others as far as the umask allows, unlike other temporary folders.
fn hidden_folder(parent: &Path) -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.prefix(".tape-being-written-").tempdir_in(parent)
}

fn write_json(path: &Path, content: &impl Serialize) -> Result<(), TapeError> {
    let text =
        serde_json::to_vec_pretty(content).map_err(std::io::Error::from).map_err(TapeError::io("write", path))?;
    fs::write(path, text).map_err(TapeError::io("write", path))
}
