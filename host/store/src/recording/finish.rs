//! Moves the segment's rows into the tape: Parquet file, `markets.json`, `tape.json`, removal of the segment, in this
//! order.

use std::io;
use std::path::Path;

use host_core::{Market, Quotes, Timestamp};
use serde::Serialize;

use super::catalogue::Catalogue;
use super::disk::Disk;
use super::error::RecordingError;
use super::segment::SegmentReader;
use crate::tape::{
    DayFile, DayWriter, MARKETS_FILE, ROWS_PER_GROUP, TAPE_FILE, Tape, TapeMeta, checksum, day_file_name, extend,
    io_error,
};

/// Suffix of the names of files that are being written.
pub(super) const SCRATCH: &str = ".unfinished";

/// Writes the rows of the segment that are not in `tape` as a new file of it, and the description of everything in
/// `catalogue`. After that the segment may be removed.
pub(super) fn finish(
    disk: &mut Disk,
    tape: &Tape,
    segment: &Path,
    catalogue: &Catalogue,
) -> Result<Tape, RecordingError> {
    let mut days = tape.meta().days.clone();
    if let Some(mut reader) = SegmentReader::open(segment)?
        && catalogue.last() > last_row(tape)
    {
        reader.markets = tape.markets().len();
        days.push(write_day(disk, tape, reader, Timestamp(catalogue.last()).day())?);
    }
    let meta = catalogue.describe(TapeMeta { days, ..tape.meta().clone() });
    let markets = catalogue.markets.clone();
    publish(disk, tape.path(), meta, markets)
}

/// Writes the description of a tape in `folder`. Markets come first, so that a concurrent reader finds at least the
/// ones it needs.
pub(super) fn publish(
    disk: &mut Disk,
    folder: &Path,
    meta: TapeMeta,
    markets: Vec<Market>,
) -> Result<Tape, RecordingError> {
    replace_json(disk, folder, MARKETS_FILE, &markets)?;
    replace_json(disk, folder, TAPE_FILE, &meta)?;
    disk.sync_folder(folder).map_err(RecordingError::io("write", folder))?;
    Ok(Tape::written(folder.to_owned(), meta, markets))
}

/// Returns the time of the last row of `tape`; `i64::MIN` if it has none.
pub(super) fn last_row(tape: &Tape) -> i64 {
    if tape.meta().rows == 0 { i64::MIN } else { tape.meta().last.0 }
}

fn write_day(disk: &mut Disk, tape: &Tape, segment: SegmentReader, day: i64) -> Result<DayFile, RecordingError> {
    let part = tape.meta().days.iter().filter(|file| file.day == day).count();
    let file = day_file_name(day, part);
    let path = tape.path().join(&file);
    let scratch = tape.path().join(format!("{file}{SCRATCH}"));
    let failed = || RecordingError::io("write", &path);
    disk.remove(&scratch).map_err(failed())?;
    let rows = write_rows(disk, &scratch, segment, last_row(tape)).map_err(|error| match error {
        Stopped::Segment(error) => error,
        Stopped::Day(error) => failed()(error),
    })?;
    let crc32 = Some(checksum(&scratch).map_err(failed())?);
    disk.rename(&scratch, &path).map_err(failed())?;
    Ok(DayFile { day, file, rows, crc32 })
}

/// An error while writing a day, of its source or of its file.
enum Stopped {
    Segment(RecordingError),
    Day(io::Error),
}

/// Writes the polls later than `after` to a new file, in the memory of one row group. Returns the number of rows.
fn write_rows(disk: &mut Disk, path: &Path, mut segment: SegmentReader, after: i64) -> Result<u64, Stopped> {
    let parquet = |error| Stopped::Day(io_error(error));
    disk.step().map_err(Stopped::Day)?;
    let mut day = DayWriter::create(path).map_err(parquet)?;
    let (mut poll, mut group) = (Quotes::default(), Quotes::default());
    while segment.next(after, &mut poll).map_err(Stopped::Segment)?.is_some() {
        let mut start = 0;
        while start < poll.len() {
            let end = poll.len().min(start + ROWS_PER_GROUP - group.len());
            extend(&mut group, poll.view(start..end));
            start = end;
            if group.len() == ROWS_PER_GROUP {
                disk.step().map_err(Stopped::Day)?;
                day.write(group.all()).map_err(parquet)?;
                group.clear();
            }
        }
    }
    disk.step().map_err(Stopped::Day)?;
    if !group.is_empty() {
        day.write(group.all()).map_err(parquet)?;
    }
    day.finish().map_err(parquet)
}

fn replace_json(disk: &mut Disk, folder: &Path, name: &str, content: &impl Serialize) -> Result<(), RecordingError> {
    let path = folder.join(name);
    let bytes = serde_json::to_vec_pretty(content).map_err(io::Error::from);
    bytes
        .and_then(|bytes| disk.replace(&folder.join(format!("{name}{SCRATCH}")), &path, &bytes))
        .map_err(RecordingError::io("write", &path))
}
