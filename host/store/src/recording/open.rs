//! Opens a recording, in whatever state a killed host left it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use host_core::{Quotes, Timestamp};

use super::catalogue::Catalogue;
use super::disk::Disk;
use super::error::RecordingError;
use super::finish::{SCRATCH, publish};
use super::sealed::open_all;
use super::segment::{Frame, SegmentReader};
use crate::tape::{SourceKind, TAPE_FILE, Tape, TapeMeta, TapeSource};

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

/// A loaded recording: the finished days, the catalogue, and the state of the segment.
pub(super) struct LoadedRecording {
    pub(super) tape: Tape,
    pub(super) catalogue: Catalogue,
    pub(super) recovered: Recovered,
    /// Length of the whole frames of the current segment, in bytes.
    pub(super) segment_len: u64,
    /// Rows of the current segment that are not in the tape yet.
    pub(super) segment_rows: u64,
    /// True if the current segment has polls that are in the tape already, from a host that was killed before it
    /// removed the segment.
    pub(super) has_finished_polls: bool,
}

/// Reads a recording without changing it. The segments are opened before the description is read, so that rows that a
/// writer moves from one to the other meanwhile are found in at least one of them.
pub(super) fn load(folder: &Path) -> Result<LoadedRecording, RecordingError> {
    let current = folder.join(SEGMENT);
    let segments = open_all(folder, &current)?;
    let tape = Tape::open(folder)?;
    if tape.meta().source.kind != SourceKind::Recorded {
        let reason = "it is a tape that was imported or generated".into();
        return Err(RecordingError::NotARecording { path: folder.to_owned(), reason });
    }
    let mut loaded = LoadedRecording {
        catalogue: Catalogue::of(&tape),
        tape,
        recovered: Recovered::default(),
        segment_len: 0,
        segment_rows: 0,
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
        segment.markets = self.catalogue.markets.len();
        while let Some(frame) = segment.next(self.catalogue.last(), &mut rows)? {
            self.catalogue.replay(&frame, rows.all());
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

/// Locks the recording in `folder` for this process, and creates an empty tape if there is none.
pub(super) fn prepare(disk: &Disk, folder: &Path, source: TapeSource) -> Result<File, RecordingError> {
    fs::create_dir_all(folder).map_err(RecordingError::io("create", folder))?;
    let path = folder.join(LOCK);
    let lock = File::options().create(true).append(true).open(&path).map_err(RecordingError::io("open", &path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(RecordingError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => return Err(RecordingError::io("lock", &path)(error)),
    }
    let has_rows = clean_up(disk, folder).map_err(RecordingError::io("clean up", folder))?;
    if !folder.join(TAPE_FILE).exists() {
        if has_rows {
            let reason = "it holds rows but no `tape.json`: restore that".into();
            return Err(RecordingError::NotARecording { path: folder.to_owned(), reason });
        }
        publish(disk, folder, TapeMeta::empty(source), Vec::new())?;
    }
    Ok(lock)
}

/// Removes half-written files. Returns true if there are files with rows.
fn clean_up(disk: &Disk, folder: &Path) -> io::Result<bool> {
    let mut has_rows = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(SCRATCH) {
            disk.remove(&entry.path())?;
        } else {
            has_rows |= name == SEGMENT || name.starts_with("day=");
        }
    }
    Ok(has_rows)
}
