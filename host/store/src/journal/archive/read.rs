//! Reads the archive in order.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use host_system::capped;

use super::{Body, Line, Part, parts, unhex};
use crate::journal::error::JournalError;

/// An event of the archive, with its records as numbers and JSON.
#[derive(Debug)]
pub(in crate::journal) struct ArchivedStep {
    pub(in crate::journal) seq: i64,
    pub(in crate::journal) kind: String,
    pub(in crate::journal) body: Vec<u8>,
    pub(in crate::journal) record_to: i64,
    pub(in crate::journal) cancels: Option<String>,
    pub(in crate::journal) records: Vec<(i64, String)>,
}

/// The events of the archive beside a journal, in memory that does not grow with their number.
pub(in crate::journal) struct ArchivedSteps {
    journal: PathBuf,
    /// `None` until the folder was looked at.
    parts: Option<VecDeque<Part>>,
    open: Option<(PathBuf, Box<dyn BufRead>)>,
    /// Number of the last event that was returned.
    seq: i64,
}

impl std::fmt::Debug for ArchivedSteps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchivedSteps").field("journal", &self.journal).field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl ArchivedSteps {
    pub(in crate::journal) fn beside(journal: PathBuf) -> ArchivedSteps {
        ArchivedSteps { journal, parts: None, open: None, seq: 0 }
    }

    /// Looks again for parts with events after number `seq`: they may have been archived since.
    pub(in crate::journal) fn again_after(&mut self, seq: i64) {
        (self.parts, self.open, self.seq) = (None, None, seq);
    }

    /// Looks again for parts behind the last event that was returned.
    pub(in crate::journal) fn again(&mut self) {
        self.again_after(self.seq);
    }

    /// Returns the next event; `None` at the end of the archive.
    pub(in crate::journal) fn next(&mut self) -> Result<Option<ArchivedStep>, JournalError> {
        let mut records = Vec::new();
        loop {
            if self.open.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let Some((path, lines)) = &mut self.open else { return Ok(None) };
            let damaged =
                |reason: String| JournalError::Damaged { path: path.clone(), reason: format!("{reason}; restore it") };
            let mut text = String::new();
            let capped = lines.by_ref().take(capped::RESULTS).read_line(&mut text);
            let read = capped.map_err(|error| damaged(error.to_string()))?;
            if read as u64 == capped::RESULTS {
                return Err(damaged(format!("a line has more than {} bytes", capped::RESULTS)));
            }
            if read == 0 {
                if !records.is_empty() {
                    return Err(damaged("it ends in the middle".to_owned()));
                }
                self.open = None;
                continue;
            }
            match serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))? {
                Line::Record(record) => records.push((record.seq, record.body)),
                Line::Event(event) if event.seq <= self.seq => records.clear(),
                Line::Event(event) => {
                    if event.seq != self.seq + 1 {
                        return Err(damaged(format!("event {} is missing", self.seq + 1)));
                    }
                    self.seq = event.seq;
                    let body = match event.body {
                        Body::Text(text) => Some(text.into_bytes()),
                        Body::Bytes(bytes) => unhex(&bytes),
                    };
                    let body = body.ok_or_else(|| damaged(format!("event {} cannot be read", event.seq)))?;
                    let (seq, kind, record_to, cancels) = (event.seq, event.kind, event.record_to, event.cancels);
                    return Ok(Some(ArchivedStep { seq, kind, body, record_to, cancels, records }));
                }
            }
        }
    }

    /// Opens the next part with an event that is wanted. Returns false if there is none.
    fn open_next(&mut self) -> Result<bool, JournalError> {
        let failed = |path: &PathBuf, source: io::Error| JournalError::Archive { path: path.clone(), source };
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(parts(&self.journal).map_err(|error| failed(&self.journal, error))?.into()),
        };
        while let Some(part) = parts.pop_front() {
            if part.last <= self.seq {
                continue;
            }
            let decoded = capped::open(&part.path).and_then(zstd::Decoder::new);
            let lines = BufReader::new(decoded.map_err(|error| failed(&part.path, error))?);
            self.open = Some((part.path, Box::new(lines)));
            return Ok(true);
        }
        Ok(false)
    }
}
