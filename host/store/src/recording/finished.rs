//! The finished days of a recording from some time on.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use host_core::Timestamp;

use super::error::RecordingError;
use super::head::Head;
use crate::tape::{ADDITIONS_FILE, DayFile, Tape, TapeError, TapeReader};

/// The finished days from some time on, with what is needed to read their rows.
#[derive(Debug)]
pub(super) struct FinishedDays {
    folder: PathBuf,
    days: VecDeque<DayFile>,
    /// Number of markets that rows may name.
    markets: u32,
    /// Time of the last row; `i64::MIN` without any.
    last: i64,
}

impl FinishedDays {
    /// Finds those in `folder` that may have rows from `from` on. For a time that a host asks for at its start this
    /// does not read what is over.
    pub(super) fn since(folder: &Path, from: Timestamp) -> Result<FinishedDays, RecordingError> {
        let head = Head::load(folder)?.head;
        let folder = folder.to_owned();
        let (markets, last) = (head.catalogue.next(), head.catalogue.last());
        if from.0 > last || head.reaches(from) {
            if let Some(day) = head.days.iter().find(|day| !folder.join(&day.file).is_file()) {
                let reason = format!("it lists `{}`, which is missing", day.file);
                return Err(TapeError::BadDescription { path: folder.join(ADDITIONS_FILE), reason }.into());
            }
            return Ok(FinishedDays { folder, days: head.days.into(), markets, last });
        }
        let tape = Tape::open(&folder)?;
        let (rows, meta) = (tape.meta().rows, tape.meta());
        let last = if rows == 0 { i64::MIN } else { meta.last.0 };
        let markets = u32::try_from(tape.markets().len()).unwrap_or(u32::MAX);
        Ok(FinishedDays { folder, days: meta.days.iter().cloned().collect(), markets, last })
    }

    pub(super) fn markets(&self) -> u32 {
        self.markets
    }

    /// Returns the time of the last row; `i64::MIN` without any.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Returns a reader of the rows with `from <= time < until`, where `from` is not before the time asked for.
    pub(super) fn reader(self, from: Timestamp, until: Timestamp) -> TapeReader {
        TapeReader::new(&self.folder, self.days, self.markets).between(from, until)
    }
}
