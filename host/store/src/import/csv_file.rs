//! Reads a CSV file, plain or gzipped, as a stream of records with their line numbers.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use csv::ByteRecord;
use flate2::read::MultiGzDecoder;

use super::error::ImportError;
use crate::csv_records::CsvRecords;
use crate::suggest::sentence_end;

/// An open CSV file whose header has been read.
pub(super) struct CsvFile {
    pub(super) path: PathBuf,
    reader: CsvRecords<Box<dyn Read>>,
    header: Vec<String>,
    read: Rc<Cell<u64>>,
    /// Line of the last record read.
    pub(super) line: u64,
    rows: u64,
}

/// Counts the bytes read from the file, before decompression.
struct Counting {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

impl CsvFile {
    pub(super) fn open(path: &Path) -> Result<CsvFile, ImportError> {
        let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let read = Rc::new(Cell::new(0));
        let mut raw = BufReader::with_capacity(1 << 16, Counting { file, read: read.clone() });
        let start = raw.fill_buf().map_err(unreadable)?;
        if start.is_empty() {
            return Err(ImportError::Empty { path: path.to_owned() });
        }
        let content: Box<dyn Read> =
            if start.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(raw)) } else { Box::new(raw) };
        let mut reader = CsvRecords::new(content);
        let header = match reader.header() {
            Ok(header) => header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect::<Vec<_>>(),
            Err(error) => return Err(CsvFile::broken(path, 0, 0, &error)),
        };
        if header.iter().all(String::is_empty) {
            return Err(ImportError::Empty { path: path.to_owned() });
        }
        Ok(CsvFile { path: path.to_owned(), reader, header, read, line: 1, rows: 0 })
    }

    /// Returns the number of bytes read from the file, before decompression.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read.get()
    }

    /// Returns the index of the column `name`.
    pub(super) fn column(&self, name: &str) -> Result<usize, ImportError> {
        self.find(name).ok_or_else(|| ImportError::MissingColumn {
            path: self.path.clone(),
            column: name.to_owned(),
            hint: sentence_end(name, self.header.iter().map(String::as_str)),
            known: self.header.join(", "),
        })
    }

    /// Returns the index of the column `name`, if there is one.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|other| other == name)
    }

    /// Reads the next record. Returns `false` at the end. Blank lines are skipped.
    ///
    /// # Errors
    /// [`ImportError::Truncated`]: nothing after the last record can be read.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        match self.reader.next(record) {
            Ok(found) => {
                if found {
                    self.line = record.position().map_or(self.line, csv::Position::line);
                    self.rows += 1;
                }
                Ok(found)
            }
            Err(error) => Err(CsvFile::broken(&self.path, self.line, self.rows, &error)),
        }
    }

    fn broken(path: &Path, line: u64, rows: u64, error: &io::Error) -> ImportError {
        let problem = match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
            _ => error.to_string(),
        };
        ImportError::Truncated { path: path.to_owned(), line, problem, rows }
    }

    /// Returns the error for a problem of the last record read.
    pub(super) fn bad_row(&self, problem: String) -> ImportError {
        ImportError::BadRow { path: self.path.clone(), line: self.line, problem }
    }
}

/// Returns the trimmed text of field `column`.
pub(super) fn field(record: &ByteRecord, column: usize) -> Result<&str, String> {
    let bytes = record
        .get(column)
        .ok_or_else(|| format!("it has {} fields, fewer than the header: the line is cut short", record.len()))?;
    Ok(std::str::from_utf8(bytes).map_err(|_| format!("field {} is not UTF-8", column + 1))?.trim())
}
