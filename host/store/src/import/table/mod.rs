//! Foreign files as tables: whatever packs them and whatever their format is, they are rows of fields of text, under a
//! header of names. Rows are read as a stream, in memory that does not grow with the file.

mod batches;
mod csv_rows;
mod encoding;
mod json_leaves;
mod json_object;
mod json_rows;
mod raw;
mod shape;
mod unpack;
mod zip_entry;

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::error::ImportError;
pub(super) use shape::Shape;

/// Returns the unpacked content of the file at `path`, at most `most` bytes of UTF-8.
///
/// # Errors
/// It cannot be read, or is longer.
pub(super) fn content(path: &Path, most: u64) -> Result<Vec<u8>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let unpacked = unpack::open(path)?;
    let (content, _) = encoding::decode(unpacked.content).map_err(unreadable)?;
    let mut bytes = Vec::new();
    content.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > most {
        true => Err(unreadable(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes")))),
        false => Ok(bytes),
    }
}

/// A row, as its file has it.
pub(super) struct ForeignRow<'a> {
    /// One field for each column; a row of a text file may have fewer or more.
    pub(super) fields: &'a ByteRecord,
    /// Returns the number of the row's line or, in files without lines, of the row, from 1.
    pub(super) place: &'a dyn Fn() -> u64,
    /// The reason why the row cannot be read, while those behind it can.
    pub(super) problem: Option<String>,
}

/// Takes the rows one by one, until it breaks.
pub(super) type TakeRow<'a> = dyn FnMut(ForeignRow<'_>) -> Result<ControlFlow<()>, ImportError> + 'a;

/// A foreign file whose format is known.
#[derive(Clone, Debug)]
pub(super) struct ForeignTable {
    pub(super) path: PathBuf,
    /// The layers of packing, outermost first.
    pub(super) layers: Vec<&'static str>,
    /// Name of the file in a zip archive.
    pub(super) entry: Option<String>,
    pub(super) shape: Shape,
    /// The names of the columns.
    pub(super) header: Vec<String>,
    /// Path of the list of rows in each value of JSON, if they have one.
    rows_at: Option<String>,
}

/// The rest of what was read of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadEnd {
    /// SHA-256 digest of the file.
    pub(super) sha256: String,
    /// True if the last line has no line end.
    pub(super) open_end: bool,
    /// Columns that only rows behind the first ones have; they are not read.
    pub(super) late_columns: Vec<String>,
}

impl ForeignTable {
    /// Opens the file at `path` and finds out what it is. `header` tells if the first line of CSV holds names: without
    /// it, a first line of data is none.
    ///
    /// # Errors
    /// It cannot be read, or is no table.
    pub(super) fn open(path: &Path, no_header: bool) -> Result<ForeignTable, ImportError> {
        let unpacked = unpack::open(path)?;
        let (layers, entry) = (unpacked.layers, unpacked.entry);
        let found = shape::find(path, unpacked.content, no_header)?;
        let (path, header) = (path.to_owned(), Vec::new());
        let mut table = ForeignTable { path, layers, entry, shape: found, header, rows_at: None };
        match &table.shape {
            Shape::Csv(csv) => table.header = csv.header.clone(),
            Shape::Lines | Shape::Json(_) => (table.header, table.rows_at) = json_rows::header(&table)?,
            Shape::Parquet | Shape::ArrowFile | Shape::ArrowStream => table.header = batches::header(&table)?,
        }
        Ok(table)
    }

    /// Gives the rows to `take`, and the number of bytes of the file that were read so far to `progress`.
    ///
    /// # Errors
    /// [`ImportError::Truncated`] if the file is damaged behind some row; those of `take`.
    pub(super) fn rows(&self, progress: &dyn Fn(u64), take: &mut TakeRow<'_>) -> Result<ReadEnd, ImportError> {
        match &self.shape {
            Shape::Csv(csv) => csv_rows::read(self, csv, progress, take),
            Shape::Lines | Shape::Json(_) => json_rows::read(self, progress, take),
            Shape::Parquet | Shape::ArrowFile | Shape::ArrowStream => batches::read(self, take),
        }
    }

    /// Returns the word for the place of a row: lines of text are counted, else rows.
    pub(super) fn place_word(&self) -> &'static str {
        match self.shape {
            Shape::Csv(_) | Shape::Lines | Shape::Json(_) => "line",
            Shape::Parquet | Shape::ArrowFile | Shape::ArrowStream => "row",
        }
    }

    /// Returns the format in words, such as `CSV, separated by commas; gzip`.
    pub(super) fn format(&self) -> String {
        let packed = if self.layers.is_empty() { String::new() } else { format!("; {}", self.layers.join(", ")) };
        let entry = self.entry.as_ref().map(|name| format!(": `{name}`")).unwrap_or_default();
        format!("{}{packed}{entry}", self.shape.words())
    }

    fn truncated(&self, place: u64, problem: String, rows: u64) -> ImportError {
        let place = format!("{} {place}", self.place_word());
        ImportError::Truncated { path: self.path.clone(), place, problem, rows }
    }

    fn unreadable(&self) -> impl Fn(std::io::Error) -> ImportError + '_ {
        |source| ImportError::Unreadable { path: self.path.clone(), source }
    }

    /// Returns the digest of the file, of which `raw` was read as a stream.
    fn digest(&self, raw: raw::RawFile) -> Result<String, ImportError> {
        let is_whole = self.entry.is_none();
        let digest = if is_whole { raw.digest() } else { raw::digest(&self.path) };
        digest.map_err(self.unreadable())
    }
}
