//! Polls whose rows are no longer in the journal, but in the recording beside it.

use std::path::PathBuf;

use host_core::{Quotes, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::JournalError;
use crate::recording::{self, PollDigest, Recording, RecordingError, RowsBetween, rows_checksum};

/// The kind of an event that refers to the recording.
pub(crate) const RECORDED_POLL: &str = "recorded_poll";

/// The reference that a journal has in place of a poll's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedPoll {
    time: Timestamp,
    rows: u64,
    /// Checksum of the rows, in hexadecimal.
    checksum: String,
}

impl RecordedPoll {
    pub(crate) fn new(time: Timestamp, digest: PollDigest) -> RecordedPoll {
        RecordedPoll { time, rows: digest.rows, checksum: format!("{:016x}", digest.checksum) }
    }
}

/// Finds the rows of references, which mostly come in time order, in one pass over the recording.
#[derive(Debug)]
pub(super) struct RecordedPolls {
    journal: PathBuf,
    folder: PathBuf,
    rows: Option<RowsBetween>,
    /// The rows read last, whole polls, and the first of them that may be asked for.
    batch: Quotes,
    at: usize,
}

impl RecordedPolls {
    /// Reads the recording beside the journal at the path `journal`, once a reference needs it.
    pub(super) fn beside(journal: PathBuf) -> RecordedPolls {
        let folder = journal.with_file_name(recording::FOLDER);
        RecordedPolls { journal, folder, rows: None, batch: Quotes::default(), at: 0 }
    }

    /// Returns the rows that `wanted` refers to.
    pub(super) fn find(&mut self, wanted: &RecordedPoll) -> Result<Quotes, JournalError> {
        let found = match self.next_at(wanted.time) {
            // It may have been recorded after the recording was opened, or lie before what is being read.
            Ok(None) => {
                self.rows = None;
                self.next_at(wanted.time)
            }
            found => found,
        };
        let found = found.map_err(|error| self.lost(wanted, error.to_string()))?;
        let Some(rows) = found else { return Err(self.lost(wanted, "it has no such poll".to_owned())) };
        let digest = PollDigest { rows: rows.len() as u64, checksum: rows_checksum(&rows.all(), 0) };
        match *wanted == RecordedPoll::new(wanted.time, digest) {
            true => Ok(rows),
            false => Err(self.lost(wanted, "it has other rows at that time".to_owned())),
        }
    }

    /// Returns the poll at `time`, reading on from the last one that was found. That one stays, because two sessions
    /// may have seen it.
    fn next_at(&mut self, time: Timestamp) -> Result<Option<Quotes>, RecordingError> {
        if self.rows.is_none() {
            let recording = Recording::open_read(&self.folder)?;
            self.rows = Some(recording.rows_between(time, Timestamp(i64::MAX))?);
            self.batch.clear();
            self.at = 0;
        }
        loop {
            let times = &self.batch.time[self.at..];
            self.at += times.partition_point(|&other| other < time.0);
            let Some(&next) = self.batch.time.get(self.at) else {
                self.at = 0;
                let more = self.rows.as_mut().map_or(Ok(false), |rows| rows.next_batch(&mut self.batch))?;
                if more { continue } else { return Ok(None) }
            };
            let end = self.at + self.batch.time[self.at..].partition_point(|&other| other <= time.0);
            let mut poll = Quotes::default();
            poll.append(self.batch.view(self.at..end));
            return Ok((next == time.0).then_some(poll));
        }
    }

    fn lost(&self, wanted: &RecordedPoll, reason: String) -> JournalError {
        JournalError::PollLost { path: self.journal.clone(), folder: self.folder.clone(), time: wanted.time, reason }
    }
}
