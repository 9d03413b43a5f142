//! Opens a recording, in whatever state a killed host left it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use host_core::{Quotes, Timestamp};
use host_system::capped;

use super::catalogue::Catalogue;
use super::disk::{Disk, SCRATCH};
use super::error::RecordingError;
use super::sealed::open_all;
use super::segment::{Frame, SegmentReader};
use crate::tape::{
    ADDITIONS_FILE, Addition, FORMER_GROWING, GROWING, MARKETS_FILE, QUOTES_FOLDER, SourceKind, TAPE_FILE, Tape,
    TapeError, TapeMeta, TapeSource, read_base,
};

/// Name of the file with the data that is not in the tape yet.
pub(super) const SEGMENT: &str = "unfinished.segment";
const LOCK: &str = "recording.lock";

/// The state in which the last host left a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Polls that are in no finished file. They are kept.
    pub polls: u64,
    /// Rows of those polls.
    pub rows: u64,
    /// Time of the last row. New polls must be later.
    pub last: Option<Timestamp>,
    /// Bytes of a torn last frame, cut off: a poll that was being written when the host was killed.
    pub cut_bytes: u64,
    /// Frames in the middle that were left out because the disk damaged them.
    pub damaged_frames: u64,
}

/// A loaded recording: the catalogue, and the state of the segment.
pub(super) struct LoadedRecording {
    pub(super) catalogue: Catalogue,
    pub(super) recovered: Recovered,
    /// Length of the whole frames of the current segment, in bytes.
    pub(super) segment_len: u64,
    /// Rows of the current segment that are not in the tape yet.
    pub(super) segment_rows: u64,
    /// Time of the last trade in the segments; `i64::MIN` without one.
    pub(super) last_trade: i64,
    /// True if the current segment has polls that are in the tape already, from a host that was killed before it
    /// removed the segment.
    pub(super) has_finished_polls: bool,
}

/// Reads a recording without changing it; `finished` returns the catalogue of its finished days. The segments are
/// opened before, so that rows that a writer moves from one to the other meanwhile are found in at least one of them.
pub(super) fn load(
    folder: &Path,
    finished: impl FnOnce() -> Result<Catalogue, RecordingError>,
) -> Result<LoadedRecording, RecordingError> {
    let current = folder.join(SEGMENT);
    let segments = open_all(folder, &current)?;
    check_kind(folder)?;
    let mut loaded = LoadedRecording {
        catalogue: finished()?,
        recovered: Recovered::default(),
        segment_len: 0,
        segment_rows: 0,
        last_trade: i64::MIN,
        has_finished_polls: false,
    };
    // Shorter than a header: the host was killed while it wrote one.
    let headless = segments.back().is_none_or(|segment| segment.path() != current);
    for segment in segments {
        loaded.replay(segment, &current)?;
    }
    if headless {
        loaded.recovered.cut_bytes = fs::metadata(&current).map_or(0, |meta| meta.len());
    }
    let last = loaded.catalogue.last();
    loaded.recovered.last = (last != i64::MIN).then_some(Timestamp(last));
    Ok(loaded)
}

impl LoadedRecording {
    fn replay(&mut self, mut segment: SegmentReader, current: &Path) -> Result<(), RecordingError> {
        let (mut rows, before, mut has_finished_polls) = (Quotes::default(), self.recovered.rows, false);
        segment.markets = self.catalogue.next() as usize;
        while let Some(frame) = segment.next(self.catalogue.last(), &mut rows)? {
            self.catalogue.replay(&frame, rows.all());
            if let Frame::Trades(trades) = &frame {
                self.last_trade = trades.time.last().copied().unwrap_or(i64::MIN).max(self.last_trade);
            }
            let is_poll = matches!(frame, Frame::Poll);
            has_finished_polls |= is_poll && rows.is_empty();
            self.recovered.polls += u64::from(!rows.is_empty());
            self.recovered.rows += rows.len() as u64;
        }
        self.recovered.damaged_frames += segment.damaged_frames;
        if segment.path() == current {
            self.segment_len = segment.whole_len;
            self.segment_rows = self.recovered.rows - before;
            self.has_finished_polls = has_finished_polls;
            self.recovered.cut_bytes = segment.file_len - segment.whole_len;
        }
        Ok(())
    }
}

/// Returns the format of the recording in `folder`.
fn check_kind(folder: &Path) -> Result<u32, RecordingError> {
    let base = read_base(folder)?;
    if base.source.kind != SourceKind::Recorded {
        let reason = "it is a tape that was imported or generated".into();
        return Err(RecordingError::NotARecording { path: folder.to_owned(), reason });
    }
    Ok(base.format)
}

/// Locks the recording in `folder` for this process, creates an empty one if there is none, and makes one of a former
/// release into one of this, whose days up to then stay as they are. Returns the lock, and the number of files with
/// finished days.
pub(super) fn prepare(disk: &Disk, folder: &Path, source: TapeSource) -> Result<(File, u64), RecordingError> {
    fs::create_dir_all(folder).map_err(RecordingError::io("create", folder))?;
    let path = folder.join(LOCK);
    let lock = File::options().create(true).append(true).open(&path).map_err(RecordingError::io("open", &path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(RecordingError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => return Err(RecordingError::io("lock", &path)(error)),
    }
    let found = clean_up(disk, folder).map_err(RecordingError::io("clean up", folder))?;
    let quotes = folder.join(QUOTES_FOLDER);
    fs::create_dir_all(&quotes).map_err(RecordingError::io("create", &quotes))?;
    if !folder.join(TAPE_FILE).exists() {
        if found.has_rows {
            let reason = "it holds rows but no `tape.json`: restore that".into();
            return Err(RecordingError::NotARecording { path: folder.to_owned(), reason });
        }
        begin(disk, folder, source, &[])?;
    } else {
        match check_kind(folder)? {
            GROWING => {}
            FORMER_GROWING => write_base(disk, folder, read_base(folder)?.source)?,
            _ => continue_former(disk, folder)?,
        }
    }
    // The lines have it all. A former release's list is in its place until it was taken over.
    let markets = folder.join(MARKETS_FILE);
    if markets.exists() {
        disk.remove(&markets).map_err(RecordingError::io("remove", &markets))?;
    }
    Ok((lock, found.files))
}

/// Makes the files of a recording of nothing but `lines`. It is one once `tape.json` has its name.
fn begin(disk: &Disk, folder: &Path, source: TapeSource, lines: &[u8]) -> Result<(), RecordingError> {
    let (scratch, path) = (folder.join(format!("{ADDITIONS_FILE}{SCRATCH}")), folder.join(ADDITIONS_FILE));
    disk.replace(&scratch, &path, lines).map_err(RecordingError::io("write", &path))?;
    disk.sync_folder(folder).map_err(RecordingError::io("write", folder))?;
    write_base(disk, folder, source)
}

/// Makes the `tape.json` of a recording, which has no rows of its own.
fn write_base(disk: &Disk, folder: &Path, source: TapeSource) -> Result<(), RecordingError> {
    let (scratch, path) = (folder.join(format!("{TAPE_FILE}{SCRATCH}")), folder.join(TAPE_FILE));
    let base = TapeMeta { format: GROWING, ..TapeMeta::empty(source) };
    let base = serde_json::to_vec_pretty(&base).map_err(io::Error::from);
    let base = base.map_err(RecordingError::io("write", &path))?;
    disk.replace(&scratch, &path, &base).map_err(RecordingError::io("write", &path))?;
    disk.sync_folder(folder).map_err(RecordingError::io("write", folder))
}

/// Makes everything that a former release recorded the first line. Its days stay as they are.
fn continue_former(disk: &Disk, folder: &Path) -> Result<(), RecordingError> {
    let tape = Tape::open(folder)?;
    let source = tape.meta().source.clone();
    let former = Addition { tape: tape.meta().clone(), markets: tape.markets().to_vec(), last_trade: None };
    let path = folder.join(ADDITIONS_FILE);
    let line = former.line().map_err(RecordingError::io("write", &path))?;
    if path.exists() && capped::read(&path, capped::RESULTS).map_err(RecordingError::io("read", &path))? != line {
        let reason =
            "it lists days, but the `tape.json` beside it is an older one: bring back the one that belongs to it";
        return Err(TapeError::BadDescription { path, reason: reason.into() }.into());
    }
    begin(disk, folder, source, &line)
}

/// The files in the folder of a recording.
struct FoundFiles {
    /// True if there are files with rows, or a list of them.
    has_rows: bool,
    /// Number of files with finished days.
    files: u64,
}

/// Removes half-written files.
fn clean_up(disk: &Disk, folder: &Path) -> io::Result<FoundFiles> {
    let mut found = FoundFiles { has_rows: false, files: 0 };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(SCRATCH) {
            disk.remove(&entry.path())?;
        } else if name == QUOTES_FOLDER {
            found.files += fs::read_dir(entry.path())?.count() as u64;
        } else {
            found.has_rows |= name == SEGMENT || name.starts_with("day=");
            // Days of a former release.
            found.files += u64::from(name.starts_with("day=") && name.ends_with(".parquet"));
        }
    }
    found.has_rows |= found.files > 0;
    Ok(found)
}
