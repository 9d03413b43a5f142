//! Foreign files as tables: whatever packs them and whatever their format is, they are rows of fields of text, under a
//! header of names. Rows are read as a stream, in memory that does not grow with the file.

mod batches;
mod csv_rows;
mod encoding;
mod foreign;
mod json_leaves;
mod json_object;
mod json_rows;
mod raw;
mod shape;
mod unpack;
mod zip_entry;

use std::io::{self, Read};
use std::path::Path;

use super::error::ImportError;
use foreign::TakeRow;
pub(super) use foreign::{ForeignTable, ReadEnd};
pub(super) use shape::FileShape;

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

impl ForeignTable {
    /// Opens the file at `path` and finds out its format. With `no_header`, the first line of CSV is a row; without, it
    /// holds the names of columns, unless it has a time and a number as rows have.
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
            FileShape::Csv(csv) => table.header = csv.header.clone(),
            FileShape::Lines | FileShape::Json(_) => (table.header, table.rows_at) = json_rows::header(&table)?,
            FileShape::Parquet | FileShape::ArrowFile | FileShape::ArrowStream => {
                table.header = batches::header(&table)?
            }
        }
        Ok(table)
    }

    /// Gives the rows to `take`, and the number of bytes of the file that were read so far to `progress`.
    ///
    /// # Errors
    /// [`ImportError::Truncated`] if the file is damaged behind some row; those of `take`.
    pub(super) fn rows(&self, progress: &dyn Fn(u64), take: &mut TakeRow<'_>) -> Result<ReadEnd, ImportError> {
        match &self.shape {
            FileShape::Csv(csv) => csv_rows::read(self, csv, progress, take),
            FileShape::Lines | FileShape::Json(_) => json_rows::read(self, progress, take),
            FileShape::Parquet | FileShape::ArrowFile | FileShape::ArrowStream => batches::read(self, take),
        }
    }
}
