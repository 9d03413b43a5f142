//! Digests of the polls in the finished days, by which a journal tells that it need not keep their rows itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::{self, JoinHandle};

use host_core::{Quotes, Timestamp};

use super::error::RecordingError;
use super::finished::FinishedDays;
use super::rows::rows_checksum;

/// The number of rows of a poll, and their checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollDigest {
    pub rows: u64,
    /// By [`rows_checksum`], from 0.
    pub checksum: u64,
}

/// The digests of all polls in the finished days from a certain time on, as they are on disk, synced.
#[derive(Clone, Debug, Default)]
pub struct PollDigests {
    /// By time, in nanoseconds.
    by_time: BTreeMap<i64, PollDigest>,
    /// Time of the last row in the finished days; `i64::MIN` without any.
    last: i64,
}

impl PollDigests {
    /// Reads the polls of the finished days of the recording in `folder` from `from` on.
    ///
    /// # Errors
    /// A day's file cannot be read, or is damaged.
    pub fn read(folder: &Path, from: Timestamp) -> Result<PollDigests, RecordingError> {
        let finished = FinishedDays::since(folder, from)?;
        let mut digests = PollDigests { last: finished.last(), ..Self::default() };
        let (mut reader, mut rows) = (finished.reader(from, Timestamp(i64::MAX)), Quotes::default());
        while reader.next_batch(&mut rows)? {
            digests.note(&rows);
        }
        Ok(digests)
    }

    /// Notes rows in time order.
    fn note(&mut self, rows: &Quotes) {
        let mut start = 0;
        while let Some(&time) = rows.time.get(start) {
            let end = start + rows.time[start..].iter().take_while(|&&other| other == time).count();
            let digest = self.by_time.entry(time).or_insert(PollDigest { rows: 0, checksum: 0 });
            digest.rows += (end - start) as u64;
            digest.checksum = rows_checksum(&rows.view(start..end), digest.checksum);
            start = end;
        }
    }

    /// Returns the digest of the poll at `time`, if there is one.
    pub fn of(&self, time: Timestamp) -> Option<PollDigest> {
        self.by_time.get(&time.0).copied()
    }

    /// Returns true if a poll at `time` would be in the finished days.
    pub fn cover(&self, time: Timestamp) -> bool {
        time.0 <= self.last
    }
}

/// Digests that a thread of its own computes.
#[derive(Debug)]
pub struct DigestJob {
    thread: JoinHandle<Result<PollDigests, RecordingError>>,
}

impl DigestJob {
    /// Begins to read the polls of the finished days of the recording in `folder` from `from` on.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(folder: &Path, from: Timestamp) -> Result<DigestJob, RecordingError> {
        let owned = folder.to_owned();
        let thread = thread::Builder::new().name("poll-digests".into());
        let begun = thread.spawn(move || PollDigests::read(&owned, from));
        Ok(DigestJob { thread: begun.map_err(RecordingError::io("start a thread for", folder))? })
    }

    pub fn is_done(&self) -> bool {
        self.thread.is_finished()
    }

    /// Returns the digests, and waits for them if necessary.
    ///
    /// # Errors
    /// Those of [`PollDigests::read`].
    pub fn take(self) -> Result<PollDigests, RecordingError> {
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(RecordingError::refused("the thread that compares polls has panicked")))
    }
}
