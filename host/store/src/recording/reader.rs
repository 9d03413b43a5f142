//! Reads a recording, also while a host writes it.

use std::path::{Path, PathBuf};

use host_core::{Market, Settlement, Timestamp};

use super::Recording;
use super::catalogue::Catalogue;
use super::error::RecordingError;
use super::open::{LoadedRecording, Recovered, load};
use super::rows::RowsBetween;
use crate::tape::Tape;

/// A recording opened for reading. Another process may continue to write it.
#[derive(Debug)]
pub struct RecordingReader {
    folder: PathBuf,
    markets: Vec<Market>,
    settlements: Vec<Settlement>,
    found: Recovered,
}

impl Recording {
    /// Opens the recording in `folder` for reading, without changing anything.
    ///
    /// # Errors
    /// As [`Recording::open`], except [`RecordingError::InUse`].
    pub fn open_read(folder: impl AsRef<Path>) -> Result<RecordingReader, RecordingError> {
        let folder = folder.as_ref().to_owned();
        let loaded = load(&folder, || Ok(Catalogue::of(&Tape::open(&folder)?)))?;
        let LoadedRecording { catalogue, recovered, .. } = loaded;
        let (markets, settlements) = (catalogue.markets().cloned().collect(), catalogue.settlements());
        Ok(RecordingReader { folder, markets, settlements, found: recovered })
    }
}

impl RecordingReader {
    /// Returns every market listed by then, by number.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// Returns every result known by then, in time order.
    pub fn settlements(&self) -> &[Settlement] {
        &self.settlements
    }

    /// Returns the state of the data that was not in a finished file then.
    pub fn unfinished(&self) -> Recovered {
        self.found
    }

    /// Returns the days that have ended, which are an ordinary tape.
    ///
    /// # Errors
    /// As [`Tape::open`].
    pub fn tape(&self) -> Result<Tape, RecordingError> {
        Ok(Tape::open(&self.folder)?)
    }

    /// Returns the present rows with `from <= time < until` in time order, finished or not.
    ///
    /// # Errors
    /// A file is damaged, or an error of the system.
    pub fn rows_between(&self, from: Timestamp, until: Timestamp) -> Result<RowsBetween, RecordingError> {
        RowsBetween::open(&self.folder, from, until)
    }
}
