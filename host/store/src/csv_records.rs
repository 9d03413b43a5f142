//! Reads the records of a CSV file, which a stranger may have written: none is longer than a million bytes, and a
//! parser that panics is an error of the file.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::ByteRecord;
use host_system::guard::guarded;

/// Most bytes of a record.
const LONGEST_RECORD: usize = 1_000_000;

/// A stream of records. Each may have another number of fields.
pub(crate) struct CsvRecords<R> {
    reader: csv::Reader<Short<R>>,
    since: Rc<Cell<usize>>,
}

/// Ends with an error where a record is longer than any: it is held in memory as a whole, and a small file may claim to
/// have one without an end once it is unpacked. A quoted field may have line feeds, so that lines do not tell.
struct Short<R> {
    content: R,
    /// Bytes since the last record ended, and those that were read ahead then.
    since: Rc<Cell<usize>>,
}

impl<R: Read> Read for Short<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > LONGEST_RECORD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a record has more than a million bytes"));
        }
        let read = self.content.read(buffer)?;
        self.since.set(self.since.get() + read);
        Ok(read)
    }
}

impl<R: Read> CsvRecords<R> {
    /// Reads the records of `content`; the first one is the header.
    pub(crate) fn new(content: R) -> CsvRecords<R> {
        let since = Rc::new(Cell::new(0));
        let content = Short { content, since: since.clone() };
        CsvRecords { reader: csv::ReaderBuilder::new().flexible(true).from_reader(content), since }
    }

    /// Returns the header.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn header(&mut self) -> io::Result<ByteRecord> {
        let header = guarded("the header", || self.reader.byte_headers().cloned()).map_err(io::Error::other)?;
        self.since.set(0);
        header.map_err(io_error)
    }

    /// Reads the next record. Returns false at the end. Blank lines are skipped.
    ///
    /// # Errors
    /// It cannot be read; then nothing after it can.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> io::Result<bool> {
        let read = guarded("a record", || self.reader.read_byte_record(record)).map_err(io::Error::other)?;
        self.since.set(0);
        read.map_err(io_error)
    }
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::new(io::ErrorKind::InvalidData, "it is not CSV"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of records of `content` after its header, or why they cannot be read.
    fn count(content: impl Read) -> Result<u64, String> {
        let mut records = CsvRecords::new(content);
        let mut record = ByteRecord::new();
        records.header().map_err(|error| error.to_string())?;
        let mut count = 0;
        while records.next(&mut record).map_err(|error| error.to_string())? {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn a_record_without_an_end_is_no_record() {
        let too_long = || Err("a record has more than a million bytes".to_owned());
        assert_eq!(count("a,b\n1,2\n\n3\n".as_bytes()), Ok(2));
        assert_eq!(count(io::repeat(b'x')), too_long());
        assert_eq!(count("a,b\n\"".as_bytes().chain(io::repeat(b'\n'))), too_long());
        // Many short ones are none.
        assert_eq!(count("a,b\n".repeat(2_000_000).as_bytes()), Ok(1_999_999));
    }
}
