//! The reading end of a recording, beside the host that writes it.

use std::path::{Path, PathBuf};

use host_core::{Market, Settlement, Timestamp};

use super::Recording;
use super::error::RecordingError;
use super::open::{LoadedRecording, Recovered, load};
use super::rows::RowsBetween;
use crate::tape::Tape;

/// A recording opened for reading; another process may go on writing it.
#[derive(Debug)]
pub struct RecordingReader {
    folder: PathBuf,
    tape: Tape,
    markets: Vec<Market>,
    settlements: Vec<Settlement>,
    found: Recovered,
}

impl Recording {
    /// Opens the recording in `folder` without taking part in its writing: nothing is changed.
    ///
    /// # Errors
    /// As [`Recording::open`], but never that it is in use.
    pub fn open_read(folder: impl AsRef<Path>) -> Result<RecordingReader, RecordingError> {
        let folder = folder.as_ref().to_owned();
        let LoadedRecording { tape, catalogue, recovered, .. } = load(&folder)?;
        let settlements = catalogue.settlements();
        Ok(RecordingReader { folder, tape, markets: catalogue.markets, settlements, found: recovered })
    }
}

impl RecordingReader {
    /// The finished days, as of the opening.
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Every market listed by then, by number.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// Every result by then, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.settlements
    }

    /// What was not in a finished file then.
    pub fn unfinished(&self) -> Recovered {
        self.found
    }

    /// The rows with `from <= time < until` in time order, finished or not, as they are when this is called.
    ///
    /// # Errors
    /// A file that the system refuses, or is damaged.
    pub fn rows_between(&self, from: Timestamp, until: Timestamp) -> Result<RowsBetween, RecordingError> {
        RowsBetween::open(&self.folder, from, until)
    }
}
