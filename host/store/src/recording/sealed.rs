//! Segments of days that have ended: waiting to be moved into the tape, oldest first, by a thread of their own.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use host_core::time::civil_date;

use super::disk::Disk;
use super::error::RecordingError;
use super::finish::finish;
use super::head::Head;
use super::segment::SegmentReader;
use super::table::update_table;

/// Suffix of a sealed segment's name, which begins as that of its day's file in the tape.
const SEALED: &str = ".segment";

/// Returns the sealed segments in `folder`, oldest first.
pub(super) fn sealed(folder: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let failed = || RecordingError::io("read", folder);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("day=") && name.ends_with(SEALED) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Opens the segments in `folder`, oldest first. Of those that a writer removes meanwhile the tape has the rows, so it
/// must be opened after this.
pub(super) fn open_all(folder: &Path, current: &Path) -> Result<VecDeque<SegmentReader>, RecordingError> {
    // In the direction against which rows move, so that none slips by.
    let current = SegmentReader::open(current)?;
    let mut readers = VecDeque::new();
    for path in sealed(folder)? {
        readers.extend(SegmentReader::open(&path)?);
    }
    readers.extend(current);
    Ok(readers)
}

/// Returns a name for the next sealed segment of `day` that sorts behind those that there are.
fn next_name(day: i64, last: Option<&PathBuf>) -> String {
    let (year, month, date) = civil_date(day);
    let day = format!("day={year:04}-{month:02}-{date:02}");
    let name = |part: u32| format!("{day}_{part:02}{SEALED}");
    let of_last = last.and_then(|path| path.file_name()?.to_str()?.strip_suffix(SEALED)?.strip_prefix(&day));
    let part = of_last.and_then(|part| part.strip_prefix('_')?.parse::<u32>().ok());
    name(part.map_or(1, |part| part + 1))
}

/// The finished days with one more of them, and the reason why the table of markets could not follow.
type Moved = Result<(Head, Option<RecordingError>), RecordingError>;

/// Moves sealed segments into the tape, in the background.
#[derive(Debug)]
pub(super) struct Mover {
    disk: Disk,
    folder: PathBuf,
    /// Sealed segments that are not known to be in the tape, oldest first.
    waiting: VecDeque<PathBuf>,
    at_work: Option<JoinHandle<Moved>>,
    /// The reason why an attempt failed, until it is asked for.
    problem: Option<RecordingError>,
    /// True if a reason was asked for since something last succeeded.
    told: bool,
}

impl Mover {
    pub(super) fn new(disk: Disk, folder: PathBuf) -> Result<Mover, RecordingError> {
        let waiting = sealed(&folder)?.into();
        Ok(Mover { disk, folder, waiting, at_work: None, problem: None, told: false })
    }

    /// Returns the path at which the current segment is to be sealed.
    pub(super) fn next_path(&self, day: i64) -> PathBuf {
        self.folder.join(next_name(day, self.waiting.back()))
    }

    /// Adds a segment that was sealed.
    pub(super) fn add(&mut self, path: PathBuf) {
        self.waiting.push_back(path);
    }

    /// Returns true if everything sealed is in the tape.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Goes on, without waiting: takes the result of what has ended, and begins with the next. What failed is begun
    /// again. Returns the finished days, if there are more.
    pub(super) fn go_on(&mut self) -> Option<Head> {
        let ended = self.at_work.take_if(|thread| thread.is_finished());
        let head = ended.and_then(|thread| self.note(join(thread)));
        if self.at_work.is_none()
            && !self.disk.is_by_hand()
            && let Some(path) = self.waiting.front()
        {
            let (disk, folder, path) = (self.disk.clone(), self.folder.clone(), path.clone());
            let thread = thread::Builder::new().name("recording".into());
            match thread.spawn(move || move_day(&disk, &folder, &path)) {
                Ok(thread) => self.at_work = Some(thread),
                Err(error) => self.problem = Some(RecordingError::io("start a thread for", &self.folder)(error)),
            }
        }
        head
    }

    /// Waits until everything is in the tape. Returns the finished days, if there are more.
    pub(super) fn wait(&mut self) -> Result<Option<Head>, RecordingError> {
        let mut head = None;
        if let Some(thread) = self.at_work.take() {
            head = self.note(join(thread));
        }
        // What failed may succeed now.
        self.problem = None;
        while let Some(path) = self.waiting.front() {
            let (moved, problem) = move_day(&self.disk, &self.folder, path)?;
            self.waiting.pop_front();
            (head, self.problem) = (Some(moved), problem);
        }
        self.told = false;
        Ok(head)
    }

    /// Returns the reason why an attempt failed, once until another one succeeds.
    pub(super) fn take_problem(&mut self) -> Option<RecordingError> {
        let problem = self.problem.take().filter(|_| !self.told);
        self.told |= problem.is_some();
        problem
    }

    fn note(&mut self, result: Moved) -> Option<Head> {
        match result {
            Ok((head, problem)) => {
                self.waiting.pop_front();
                (self.problem, self.told) = (problem, false);
                Some(head)
            }
            Err(error) => {
                self.problem = Some(error);
                None
            }
        }
    }
}

impl Drop for Mover {
    /// Ends the thread, so that nobody writes into the folder once its lock is released. A kill does the same.
    fn drop(&mut self) {
        self.disk.end();
        if let Some(thread) = self.at_work.take() {
            drop(join(thread));
        }
    }
}

/// Moves one segment. A table that cannot be written holds up nothing: it follows with the next day.
fn move_day(disk: &Disk, folder: &Path, segment: &Path) -> Moved {
    let head = finish(disk, folder, segment)?;
    Ok((head, update_table(disk, folder).err()))
}

fn join(thread: JoinHandle<Moved>) -> Moved {
    let ended = thread.join();
    ended
        .unwrap_or_else(|_| Err(RecordingError::refused("the thread that moves ended days into the tape has panicked")))
}
