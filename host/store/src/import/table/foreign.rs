//! A foreign file whose format is known, and its rows.

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use csv::ByteRecord;

use super::raw::{self, RawFile};
use super::shape::FileShape;
use crate::import::error::ImportError;

/// A row, as its file has it.
pub(in crate::import) struct ForeignRow<'a> {
    /// One field for each column; a row of a text file may have fewer or more.
    pub(in crate::import) fields: &'a ByteRecord,
    /// Returns the number of the row's line or, in files without lines, of the row, from 1.
    pub(in crate::import) place: &'a dyn Fn() -> u64,
    /// The reason why the row cannot be read, while those behind it can.
    pub(in crate::import) problem: Option<String>,
}

/// Takes the rows one by one, until it breaks.
pub(in crate::import) type TakeRow<'a> = dyn FnMut(ForeignRow<'_>) -> Result<ControlFlow<()>, ImportError> + 'a;

/// A foreign file whose format is known.
#[derive(Clone, Debug)]
pub(in crate::import) struct ForeignTable {
    pub(in crate::import) path: PathBuf,
    /// The layers of packing, outermost first.
    pub(in crate::import) layers: Vec<&'static str>,
    /// Name of the file in a zip archive.
    pub(in crate::import) entry: Option<String>,
    pub(in crate::import) shape: FileShape,
    /// The names of the columns.
    pub(in crate::import) header: Vec<String>,
    /// Path of the list of rows in each value of JSON, if they have one.
    pub(in crate::import) rows_at: Option<String>,
}

/// The rest of what was read of a file.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct ReadEnd {
    /// SHA-256 digest of the file.
    pub(in crate::import) sha256: String,
    /// True if the last line has no line end.
    pub(in crate::import) open_end: bool,
    /// Columns that only rows behind the first ones have; they are not read.
    pub(in crate::import) late_columns: Vec<String>,
}

impl ForeignTable {
    /// Returns the word for the place of a row: lines of text are counted, else rows.
    pub(in crate::import) fn place_word(&self) -> &'static str {
        match self.shape {
            FileShape::Csv(_) | FileShape::Lines | FileShape::Json(_) => "line",
            FileShape::Parquet | FileShape::ArrowFile | FileShape::ArrowStream => "row",
        }
    }

    /// Returns the format in words, such as `CSV, separated by commas; gzip`.
    pub(in crate::import) fn format(&self) -> String {
        let packed = if self.layers.is_empty() { String::new() } else { format!("; {}", self.layers.join(", ")) };
        let entry = self.entry.as_ref().map(|name| format!(": `{name}`")).unwrap_or_default();
        format!("{}{packed}{entry}", self.shape.words())
    }

    pub(super) fn truncated(&self, place: u64, problem: String, rows: u64) -> ImportError {
        let place = format!("{} {place}", self.place_word());
        ImportError::Truncated { path: self.path.clone(), place, problem, rows }
    }

    pub(super) fn unreadable(&self) -> impl Fn(io::Error) -> ImportError + '_ {
        |source| ImportError::Unreadable { path: self.path.clone(), source }
    }

    /// Returns the digest of the file, of which `raw` was read as a stream.
    pub(super) fn digest(&self, raw: RawFile) -> Result<String, ImportError> {
        let is_whole = self.entry.is_none();
        let digest = if is_whole { raw.digest() } else { raw::digest(&self.path) };
        digest.map_err(self.unreadable())
    }
}
