//! The rows of a CSV file.

use std::ops::ControlFlow;

use csv::ByteRecord;

use super::foreign::{ForeignRow, ForeignTable, ReadEnd, TakeRow};
use super::shape::CsvShape;
use super::unpack::{damaged, reason};
use super::{encoding, unpack};
use crate::csv_records::CsvRecords;
use crate::import::error::ImportError;

/// Number of rows between two reports of progress.
const PROGRESS_ROWS: u64 = 16_384;

/// As [`ForeignTable::rows`].
pub(super) fn read(
    table: &ForeignTable,
    csv: &CsvShape,
    progress: &dyn Fn(u64),
    take: &mut TakeRow<'_>,
) -> Result<ReadEnd, ImportError> {
    let unpacked = unpack::open(&table.path)?;
    let raw = unpacked.raw;
    let (content, _) = encoding::decode(unpacked.content).map_err(|error| damaged(&table.path, &error))?;
    let mut source = CsvRecords::separated_by(content, csv.separator);
    let (mut record, mut rows) = (ByteRecord::new(), 0);
    let mut skip = csv.has_header;
    loop {
        match source.next(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(table.truncated(source.lines_read(), reason(&error), rows)),
        }
        if std::mem::take(&mut skip) {
            continue;
        }
        rows += 1;
        let place = || source.line(&record);
        if take(ForeignRow { fields: &record, place: &place, problem: None })? == ControlFlow::Break(()) {
            return Ok(ReadEnd::default());
        }
        if rows % PROGRESS_ROWS == 0 {
            progress(raw.bytes());
        }
    }
    let open_end = rows > 0 && !source.is_ended();
    progress(raw.bytes());
    Ok(ReadEnd { sha256: table.digest(raw)?, open_end, late_columns: Vec::new() })
}
