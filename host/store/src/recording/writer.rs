//! Writes a recording.

use std::fs::File;
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, Quotes, QuotesView, Settlement, Span, Timestamp};

use super::catalogue::Catalogue;
use super::disk::Disk;
use super::error::RecordingError;
use super::finish::{finish, publish};
use super::open::{LoadedRecording, Recovered, SEGMENT, load, prepare};
use super::rows::RowsBetween;
use super::sealed::Mover;
use super::segment::{FrameBytes, SegmentWriter};
use crate::tape::{SourceKind, Tape, TapeSource, check, extend};

/// More rows than any venue has markets. Bounds the memory of a frame.
const MAX_POLL_ROWS: usize = 1 << 20;
/// Largest number of markets in a frame.
const MARKETS_PER_FRAME: usize = 4_096;

/// A recording that this process writes. Dropping it without [`Recording::close`] is like killing the process:
/// nothing is lost.
#[derive(Debug)]
pub struct Recording {
    disk: Disk,
    /// The finished days.
    tape: Tape,
    catalogue: Catalogue,
    segment: SegmentWriter,
    /// The day of the segment's polls.
    day: Option<i64>,
    checked: Quotes,
    frame: FrameBytes,
    mover: Mover,
    /// Held for the lifetime of the value. The last field, because fields are dropped in order.
    _lock: File,
}

impl Recording {
    /// Opens the recording in `folder`, or begins one, and repairs what a killed host left. Takes as long as reading
    /// the unfinished day once.
    ///
    /// # Errors
    /// [`RecordingError::InUse`], [`RecordingError::NotARecording`], or an error of the system.
    pub fn open(folder: impl AsRef<Path>) -> Result<(Recording, Recovered), RecordingError> {
        Recording::open_on(folder, Disk::default())
    }

    /// Like [`Recording::open`], with a disk that fails where a test wants it to.
    ///
    /// # Errors
    /// Those of [`Recording::open`], and those of the disk.
    pub fn open_on(folder: impl AsRef<Path>, disk: Disk) -> Result<(Recording, Recovered), RecordingError> {
        let folder = folder.as_ref();
        let source = TapeSource { kind: SourceKind::Recorded, description: "polled by this host".into() };
        let lock = prepare(&disk, folder, source)?;
        let loaded = load(folder)?;
        let LoadedRecording { tape, catalogue, recovered, segment_len, segment_rows, has_finished_polls } = loaded;
        let mut recording = Recording {
            mover: Mover::new(disk.clone(), folder.to_owned())?,
            disk,
            _lock: lock,
            segment: SegmentWriter::new(folder.join(SEGMENT), segment_len),
            day: (segment_rows > 0).then(|| Timestamp(catalogue.last()).day()),
            tape,
            catalogue,
            checked: Quotes::default(),
            frame: FrameBytes::default(),
        };
        if has_finished_polls && segment_rows == 0 && recording.mover.is_done() {
            recording.finish()?;
        } else if recovered.cut_bytes > 0 {
            recording.segment.cut(&recording.disk)?;
        }
        Ok((recording, recovered))
    }

    /// Sets the source of the rows, such as the venue, and the interval, if every open market is polled at its
    /// multiples since the epoch. Call it after each open. A recording with rows of several intervals has none.
    ///
    /// # Errors
    /// An error of the system. The old description stays.
    pub fn describe(&mut self, description: &str, poll: Option<Span>) -> Result<(), RecordingError> {
        self.wait()?;
        let mut meta = self.tape.meta().clone();
        meta.source.description = description.to_owned();
        let fits = self.last().is_none() || meta.poll == poll;
        meta.poll = poll.filter(|&poll| fits && poll > Span::ZERO);
        if meta != *self.tape.meta() {
            let (folder, markets) = (self.folder(), self.tape.markets().to_vec());
            self.tape = publish(&self.disk, &folder, meta, markets)?;
        }
        Ok(())
    }

    /// Returns every market listed so far, by number.
    pub fn markets(&self) -> &[Market] {
        &self.catalogue.markets
    }

    /// Returns the number of the next market to be listed.
    pub fn next_market(&self) -> MarketId {
        MarketId(u32::try_from(self.catalogue.markets.len()).unwrap_or(u32::MAX))
    }

    /// Returns every result so far, in time order.
    pub fn settlements(&self) -> Vec<Settlement> {
        self.catalogue.settlements()
    }

    /// Returns the tape of the finished days, as it was at the last append or [`Recording::wait`].
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Returns the time of the last row. New polls must be later.
    pub fn last(&self) -> Option<Timestamp> {
        Some(Timestamp(self.catalogue.last())).filter(|last| last.0 != i64::MIN)
    }

    /// Returns the number of file operations attempted, for tests that fail each of them.
    pub fn operations(&self) -> u64 {
        self.disk.operations()
    }

    /// Records markets that are new or have changed. Unchanged ones cost a comparison. Numbers are dense: list every
    /// market, in any order, before its first row.
    ///
    /// # Errors
    /// [`RecordingError::Renumbered`], [`RecordingError::Refused`], or an error of the system.
    pub fn list(&mut self, markets: &[Market]) -> Result<(), RecordingError> {
        let changes = self.catalogue.changes(markets)?;
        for changes in changes.chunks(MARKETS_PER_FRAME) {
            let bytes = self.frame.markets(changes).map_err(RecordingError::io("write", self.tape.path()))?;
            self.segment.append(&self.disk, bytes)?;
            self.catalogue.note_markets(changes);
        }
        Ok(())
    }

    /// Records the result of a market. A correction replaces an earlier result.
    ///
    /// # Errors
    /// [`RecordingError::Refused`] for a market that is not listed, or an error of the system.
    pub fn settled(&mut self, settlement: &Settlement) -> Result<(), RecordingError> {
        if self.catalogue.is_news(settlement)? {
            let bytes = self.frame.settled(settlement).map_err(RecordingError::io("write", self.tape.path()))?;
            self.segment.append(&self.disk, bytes)?;
            self.catalogue.note_settled(*settlement);
        }
        Ok(())
    }

    /// Appends one poll: rows of one time, later than any before. A price of exactly 0 or 1 means an empty side and
    /// is stored as absent. It costs one write of 22 bytes per row; the first poll of a UTC day also renames a
    /// file, and lets a thread move the day before into the tape. A poll without rows is not recorded.
    ///
    /// # Errors
    /// [`RecordingError::NotLater`], [`RecordingError::Refused`], or an error of the system. The poll is then not
    /// recorded, everything before it stays, and later polls may be appended, for example once there is space again.
    pub fn append(&mut self, rows: &QuotesView<'_>) -> Result<(), RecordingError> {
        let Some(&time) = rows.time.first() else { return Ok(()) };
        self.check(rows, time)?;
        let day = Timestamp(time).day();
        if self.day.is_some_and(|open| open != day) {
            self.seal()?;
        }
        self.segment.append(&self.disk, self.frame.poll(self.checked.all()))?;
        self.day = Some(day);
        self.catalogue.note_rows(self.checked.all());
        self.look();
        Ok(())
    }

    /// Takes up what the background has done since, without waiting: days that are in the tape now, or a problem.
    pub fn look(&mut self) {
        if let Some(tape) = self.mover.go_on() {
            self.tape = tape;
        }
    }

    /// Waits until the days that have ended are in the tape.
    ///
    /// # Errors
    /// The system refuses. Their rows stay where they are, and the next append tries again.
    pub fn wait(&mut self) -> Result<(), RecordingError> {
        if let Some(tape) = self.mover.wait()? {
            self.tape = tape;
        }
        Ok(())
    }

    /// Returns the reason why a day that has ended could not be moved into the tape, once until one is moved. Its
    /// rows stay where they are, and each append tries again.
    pub fn take_problem(&mut self) -> Option<RecordingError> {
        self.mover.take_problem()
    }

    /// Ends the segment, and begins another. Its day is left to the mover.
    fn seal(&mut self) -> Result<(), RecordingError> {
        if let Some(day) = self.day {
            let path = self.mover.next_path(day);
            self.segment.seal(&self.disk, &path)?;
            self.mover.add(path);
            self.day = None;
        }
        Ok(())
    }

    /// Copies the rows into `checked` if they are a poll that may be appended.
    fn check(&mut self, rows: &QuotesView<'_>, time: i64) -> Result<(), RecordingError> {
        let last = self.catalogue.last();
        if time <= last {
            return Err(RecordingError::NotLater { time: Timestamp(time), last: Timestamp(last) });
        }
        if rows.time.iter().any(|&other| other != time) {
            return Err(RecordingError::refused("its rows have several times: append one poll at a time"));
        }
        if rows.len() > MAX_POLL_ROWS {
            return Err(RecordingError::refused(format!("a poll of {} rows: at most {MAX_POLL_ROWS}", rows.len())));
        }
        self.checked.clear();
        extend(&mut self.checked, *rows);
        let markets = u32::try_from(self.catalogue.markets.len()).unwrap_or(u32::MAX);
        match check(&mut self.checked, 0, last, markets) {
            Some((row, problem)) => {
                Err(RecordingError::refused(format!("row {row} of the poll of {}: {problem}", Timestamp(time))))
            }
            None => Ok(()),
        }
    }

    /// Returns the present rows with `from <= time < until` in time order, finished or not. Reads only the days it
    /// needs.
    ///
    /// # Errors
    /// A file is damaged, or an error of the system.
    pub fn rows_between(&self, from: Timestamp, until: Timestamp) -> Result<RowsBetween, RecordingError> {
        RowsBetween::open(self.tape.path(), from, until)
    }

    /// Syncs everything recorded so far to disk. Single polls are not synced: a power failure may cost the latest.
    ///
    /// # Errors
    /// The system refuses.
    pub fn sync(&mut self) -> Result<(), RecordingError> {
        self.segment.sync(&self.disk)?;
        let folder = self.folder();
        self.disk.sync_folder(&folder).map_err(RecordingError::io("sync", &folder))
    }

    /// Moves everything that is unfinished into the tape, the current day as a file of its own, and ends.
    ///
    /// # Errors
    /// The system refuses; the rows stay in the segment, where the next open finds them.
    pub fn close(mut self) -> Result<Tape, RecordingError> {
        self.finish()?;
        Ok(self.tape)
    }

    fn finish(&mut self) -> Result<(), RecordingError> {
        self.wait()?;
        let folder = self.folder();
        self.tape = finish(&self.disk, &folder, &folder.join(SEGMENT))?;
        self.segment.begin_anew();
        self.day = None;
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.tape.path().to_owned()
    }
}
