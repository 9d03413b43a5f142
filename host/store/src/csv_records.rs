//! Reads the records of a CSV file, which a stranger may have written: none is longer than a million bytes or has more
//! than fifty thousand fields, and a parser that panics is an error of the file.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::ByteRecord;
use host_system::guard::guarded;

/// Most bytes of a record.
const LONGEST_RECORD: usize = 1_000_000;
/// Most fields of a record, each of which takes far more memory than its two bytes: a file of prices may have a column
/// for each market.
const MOST_FIELDS: usize = 50_000;

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
    /// The bytes that were read last, and the number of those before them.
    chunk: Vec<u8>,
    before: u64,
}

impl<R> Short<R> {
    /// Returns the byte at `place`, if it is among those that were read last.
    fn byte_at(&self, place: u64) -> Option<u8> {
        self.chunk.get(usize::try_from(place.checked_sub(self.before)?).ok()?).copied()
    }
}

impl<R: Read> Read for Short<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > LONGEST_RECORD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a record has more than a million bytes"));
        }
        let read = self.content.read(buffer)?;
        self.since.set(self.since.get() + read);
        if read > 0 {
            self.before += self.chunk.len() as u64;
            self.chunk.clear();
            self.chunk.extend_from_slice(&buffer[..read]);
        }
        Ok(read)
    }
}

impl<R: Read> CsvRecords<R> {
    /// Reads the records of `content`; the first one is the header.
    pub(crate) fn new(content: R) -> CsvRecords<R> {
        CsvRecords::of(content, csv::ReaderBuilder::new())
    }

    /// Reads the records of `content`, whose fields are separated by `separator`; none is the header.
    pub(crate) fn separated_by(content: R, separator: u8) -> CsvRecords<R> {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(separator).has_headers(false);
        CsvRecords::of(content, builder)
    }

    fn of(content: R, mut builder: csv::ReaderBuilder) -> CsvRecords<R> {
        let since = Rc::new(Cell::new(0));
        let content = Short { content, since: since.clone(), chunk: Vec::new(), before: 0 };
        CsvRecords { reader: builder.flexible(true).buffer_capacity(1 << 16).from_reader(content), since }
    }

    /// Returns the header.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn header(&mut self) -> io::Result<ByteRecord> {
        let header = guarded("the header", || self.reader.byte_headers().cloned()).map_err(io::Error::other)?;
        self.since.set(0);
        let header = header.map_err(io_error)?;
        not_too_wide(&header)?;
        Ok(header)
    }

    /// Reads the next record. Returns false at the end. Blank lines are skipped.
    ///
    /// # Errors
    /// It cannot be read; then nothing after it can.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> io::Result<bool> {
        let read = guarded("a record", || self.reader.read_byte_record(record)).map_err(io::Error::other)?;
        self.since.set(0);
        let is_read = read.map_err(io_error)?;
        not_too_wide(record)?;
        Ok(is_read)
    }

    /// Returns the line, from 1, at which `record` begins, which was read last. The parser's own number is that of the
    /// line before if lines end in CR LF, or if blank ones stand between.
    pub(crate) fn line(&self, record: &ByteRecord) -> u64 {
        let end = self.reader.position();
        let within = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let last = end.byte().checked_sub(1).and_then(|place| self.reader.get_ref().byte_at(place));
        end.line().saturating_sub(within + u64::from(last == Some(b'\n'))).max(1)
    }

    /// Returns the number of lines that were read.
    pub(crate) fn lines_read(&self) -> u64 {
        self.reader.position().line().saturating_sub(1).max(1)
    }

    /// Returns true if the record that was read last ends in a line end.
    pub(crate) fn is_ended(&self) -> bool {
        let last = self.reader.position().byte().checked_sub(1);
        matches!(last.and_then(|place| self.reader.get_ref().byte_at(place)), Some(b'\n' | b'\r'))
    }
}

fn not_too_wide(record: &ByteRecord) -> io::Result<()> {
    match record.len() <= MOST_FIELDS {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "a record has more than fifty thousand fields")),
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
    fn lines_are_those_of_an_editor() {
        let check = |text: &str, expect: &[u64]| {
            let mut records = CsvRecords::separated_by(text.as_bytes(), b',');
            let (mut record, mut lines) = (ByteRecord::new(), Vec::new());
            while records.next(&mut record).unwrap() {
                lines.push(records.line(&record));
            }
            assert_eq!(lines, expect, "{text:?}");
        };
        check("a,b\n1,2\n\n3,4\n5,6", &[1, 2, 4, 5]);
        check("a,b\r\n1,2\r\n\r\n3,4\r\n5,6", &[1, 2, 4, 5]);
        check("\n\na,b\r\n\"1\n2\",2\n\"3\r\n\n4\",4\r\n5,6\r\n", &[3, 4, 6, 9]);
    }

    #[test]
    fn a_record_without_an_end_is_no_record() {
        let too_long = || Err("a record has more than a million bytes".to_owned());
        assert_eq!(count("a,b\n1,2\n\n3\n".as_bytes()), Ok(2));
        assert_eq!(count(io::repeat(b'x')), too_long());
        assert_eq!(count("a,b\n\"".as_bytes().chain(io::repeat(b'\n'))), too_long());
        let too_wide = || Err("a record has more than fifty thousand fields".to_owned());
        assert_eq!(count(format!("a,b\n{}", ",".repeat(50_000)).as_bytes()), too_wide());
        assert_eq!(count(",".repeat(50_000).as_bytes()), too_wide());
        assert_eq!(count(format!("a,b\n{}", ",".repeat(49_999)).as_bytes()), Ok(1));
        // Many short ones are none.
        assert_eq!(count("a,b\n".repeat(2_000_000).as_bytes()), Ok(1_999_999));
    }
}
