//! Writes a recording.

use std::fs::File;
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, PublicTrades, Quotes, QuotesView, Settlement, Span, Timestamp};

use super::catalogue::Catalogue;
use super::disk::Disk;
use super::error::RecordingError;
use super::finish::finish;
use super::head::{FoundHead, Head};
use super::open::{LoadedRecording, Recovered, SEGMENT, load, prepare};
use super::rows::RowsBetween;
use super::sealed::Mover;
use super::segment::{FrameBytes, SegmentWriter};
use super::table::update_table;
use crate::tape::{Addition, SourceKind, Tape, TapeSource, check, check_trades, extend, floats};

/// More rows than any venue has markets. Bounds the memory of a frame.
const MAX_POLL_ROWS: usize = 1 << 20;
/// Largest number of markets in a frame.
const MARKETS_PER_FRAME: usize = 4_096;
/// Largest number of trades in a frame.
const TRADES_PER_FRAME: usize = 65_536;

/// A recording that this process writes. Dropping it without [`Recording::close`] is like killing the process:
/// nothing is lost.
#[derive(Debug)]
pub struct Recording {
    disk: Disk,
    folder: PathBuf,
    /// The finished days.
    head: Head,
    catalogue: Catalogue,
    segment: SegmentWriter,
    /// The day of the segment's polls.
    day: Option<i64>,
    checked: Quotes,
    /// Time of the last trade; `i64::MIN` before the first.
    last_trade: i64,
    frame: FrameBytes,
    mover: Mover,
    /// Held for the lifetime of the value. The last field, because fields are dropped in order.
    _lock: File,
}

impl Recording {
    /// Opens the recording in `folder`, or begins one, and repairs what a killed host left. Takes as long as reading
    /// the unfinished day once, however much is over.
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
        let source = TapeSource::new(SourceKind::Recorded, "polled by this host");
        let (lock, files) = prepare(&disk, folder, source)?;
        let mut head = None;
        let loaded = load(folder, || {
            let found = head.insert(Head::load(folder)?);
            if files < found.head.files {
                // It names the file that is missing.
                Tape::open(folder)?;
            }
            Ok(found.head.catalogue.clone())
        })?;
        let FoundHead { head, is_on_disk } = match head {
            Some(found) => found,
            None => Head::load(folder)?,
        };
        if !is_on_disk {
            head.save(&disk, folder)?;
        }
        let LoadedRecording { catalogue, recovered, segment_len, segment_rows, last_trade, has_finished_polls } =
            loaded;
        let last_trade = head.last_trade.map_or(i64::MIN, |last| last.0).max(last_trade);
        let mut recording = Recording {
            mover: Mover::new(disk.clone(), folder.to_owned())?,
            disk,
            _lock: lock,
            segment: SegmentWriter::new(folder.join(SEGMENT), segment_len),
            day: (segment_rows > 0).then(|| Timestamp(catalogue.last()).day()),
            folder: folder.to_owned(),
            head,
            catalogue,
            checked: Quotes::default(),
            last_trade,
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
        let mut addition = Addition::empty(self.head.source.clone());
        addition.tape.source.description = description.to_owned();
        let fits = self.last().is_none() || self.head.poll == poll;
        addition.tape.poll = poll.filter(|&poll| fits && poll > Span::ZERO);
        if (&addition.tape.source, addition.tape.poll) != (&self.head.source, self.head.poll) {
            self.head.add(&self.disk, &self.folder, &addition)?;
        }
        Ok(())
    }

    /// Keeps markets that are over, and days, in what each open reads for `keep` after their last row. If that is
    /// longer than before, everything is read once.
    ///
    /// # Errors
    /// The recording cannot be read, or `open.json` not be written.
    pub fn keep(&mut self, keep: Span) -> Result<(), RecordingError> {
        if keep == self.head.keep {
            return Ok(());
        }
        self.wait()?;
        let mut head = match keep > self.head.keep {
            true => Head::whole(&self.folder, keep)?,
            false => self.head.clone(),
        };
        head.keep = keep;
        head.save(&self.disk, &self.folder)?;
        self.catalogue.take_up(&head.catalogue);
        self.head = head;
        Ok(())
    }

    /// Returns the market with the number `id`, unless it is over.
    pub fn market(&self, id: MarketId) -> Option<&Market> {
        self.catalogue.market(id)
    }

    /// Returns the number of the next market to be listed.
    pub fn next_market(&self) -> MarketId {
        MarketId(self.catalogue.next())
    }

    /// Returns the folder of the recording.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the time of the last row in the finished days, as they were at the last append or [`Recording::wait`].
    pub fn finished_until(&self) -> Option<Timestamp> {
        Some(Timestamp(self.head.catalogue.last())).filter(|last| last.0 != i64::MIN)
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
            let bytes = self.frame.markets(changes).map_err(RecordingError::io("write", &self.folder))?;
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
            let bytes = self.frame.settled(settlement).map_err(RecordingError::io("write", &self.folder))?;
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

    /// Appends trades of other people in listed markets, in time order and not before those that were appended. They
    /// cost one write.
    ///
    /// # Errors
    /// [`RecordingError::Refused`], or an error of the system. They are then not recorded.
    pub fn append_trades(&mut self, trades: &PublicTrades) -> Result<(), RecordingError> {
        let Some(&last) = trades.time.last() else { return Ok(()) };
        if let Some((row, problem)) = check_trades(trades, self.last_trade, self.catalogue.next()) {
            return Err(RecordingError::refused(format!("trade {row}: {problem}")));
        }
        for start in (0..trades.len()).step_by(TRADES_PER_FRAME) {
            let mut some = PublicTrades::none();
            some.append_part(trades, start..trades.len().min(start + TRADES_PER_FRAME));
            self.segment.append(&self.disk, self.frame.trades(&some))?;
        }
        self.last_trade = last;
        Ok(())
    }

    /// Returns the time of the last trade. New ones must not be earlier.
    pub fn last_trade(&self) -> Option<Timestamp> {
        Some(Timestamp(self.last_trade)).filter(|last| last.0 != i64::MIN)
    }

    /// Takes up what the background has done since, without waiting: days that are in the tape now, or a problem.
    pub fn look(&mut self) {
        if let Some(head) = self.mover.go_on() {
            self.take(head);
        }
    }

    /// Waits until the days that have ended are in the tape.
    ///
    /// # Errors
    /// The system refuses. Their rows stay where they are, and the next append tries again.
    pub fn wait(&mut self) -> Result<(), RecordingError> {
        if let Some(head) = self.mover.wait()? {
            self.take(head);
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
        for column in floats(&mut self.checked) {
            // Of the many kinds of NaN a finished day keeps one.
            column.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = f64::NAN);
        }
        match check(&mut self.checked, 0, last, self.catalogue.next()) {
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
        RowsBetween::open(&self.folder, from, until)
    }

    /// Syncs everything recorded so far to disk. Single polls are not synced: a power failure may cost the latest.
    ///
    /// # Errors
    /// The system refuses.
    pub fn sync(&mut self) -> Result<(), RecordingError> {
        self.segment.sync(&self.disk)?;
        self.disk.sync_folder(&self.folder).map_err(RecordingError::io("sync", &self.folder))
    }

    /// Moves everything that is unfinished into the tape, the current day as a file of its own, brings
    /// `markets.parquet` up to date, and ends.
    ///
    /// # Errors
    /// The system refuses; the rows stay in the segment, where the next open finds them, or only the table is as it
    /// was.
    pub fn close(mut self) -> Result<(), RecordingError> {
        self.finish()?;
        update_table(&self.disk, &self.folder)
    }

    fn finish(&mut self) -> Result<(), RecordingError> {
        self.wait()?;
        let head = finish(&self.disk, &self.folder, &self.folder.join(SEGMENT))?;
        self.take(head);
        self.segment.begin_anew();
        self.day = None;
        Ok(())
    }

    /// Takes up the finished days, and forgets markets that are over by them.
    fn take(&mut self, head: Head) {
        self.catalogue.forget_as(&head.catalogue);
        self.head = head;
    }
}
