//! Moves the rows of a segment into the tape: Parquet file, `markets.json`, `tape.json`, removal of the segment, in
//! this order.

use std::io;
use std::path::{Path, PathBuf};

use host_core::{Market, Quotes, Timestamp};
use serde::Serialize;

use super::catalogue::Catalogue;
use super::disk::Disk;
use super::error::RecordingError;
use super::segment::SegmentReader;
use crate::tape::{
    DayFile, DayWriter, MARKETS_FILE, Packing, TAPE_FILE, Tape, TapeMeta, checksum, day_file_name, extend, io_error,
};

/// Suffix of the names of files that are being written.
pub(super) const SCRATCH: &str = ".unfinished";

/// Writes the rows of `segment` that are not in the tape yet as a new file of it, and the description of everything in
/// both; then removes the segment. All segments with earlier rows must be in the tape already. It needs nothing but the
/// files, and after a kill or an error it may be repeated.
pub(super) fn finish(disk: &Disk, folder: &Path, segment: &Path) -> Result<Tape, RecordingError> {
    let tape = Tape::open(folder)?;
    let mut catalogue = Catalogue::of(&tape);
    let mut days = tape.meta().days.clone();
    if let Some(mut reader) = SegmentReader::open(segment)? {
        reader.markets = tape.markets().len();
        days.extend(write_day(disk, &tape, reader, &mut catalogue)?);
    }
    let meta = catalogue.describe(TapeMeta { days, ..tape.meta().clone() });
    let tape = publish(disk, folder, meta, catalogue.markets)?;
    disk.remove(segment).map_err(RecordingError::io("remove", segment))?;
    Ok(tape)
}

/// Writes the description of a tape in `folder`. Markets come first, so that a concurrent reader finds at least the
/// ones it needs.
pub(super) fn publish(
    disk: &Disk,
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

/// Writes the new rows of `segment` as a file of the tape, and adds everything in it to `catalogue`. Returns `None` if
/// it has no new rows.
fn write_day(
    disk: &Disk,
    tape: &Tape,
    segment: SegmentReader,
    catalogue: &mut Catalogue,
) -> Result<Option<DayFile>, RecordingError> {
    let mut rows = DayRows { disk, tape, file: None, group: Quotes::default() };
    rows.copy(segment, catalogue)?;
    let Some(DayOnDisk { name, path, scratch, writer }) = rows.file else { return Ok(None) };
    let failed = || RecordingError::io("write", &path);
    disk.step().map_err(failed())?;
    let rows = writer.finish().map_err(io_error).map_err(failed())?;
    let crc32 = Some(checksum(&scratch).map_err(failed())?);
    disk.rename(&scratch, &path).map_err(failed())?;
    Ok(Some(DayFile { day: Timestamp(catalogue.last()).day(), file: name, rows, crc32 }))
}

/// A day's file that is being written, in the memory of one row group.
struct DayRows<'a> {
    disk: &'a Disk,
    tape: &'a Tape,
    /// `None` before the first row.
    file: Option<DayOnDisk>,
    group: Quotes,
}

struct DayOnDisk {
    name: String,
    path: PathBuf,
    scratch: PathBuf,
    writer: DayWriter,
}

impl DayRows<'_> {
    fn copy(&mut self, mut segment: SegmentReader, catalogue: &mut Catalogue) -> Result<(), RecordingError> {
        let mut poll = Quotes::default();
        while let Some(frame) = segment.next(catalogue.last(), &mut poll)? {
            catalogue.replay(&frame, poll.all());
            let mut start = 0;
            while start < poll.len() {
                let end = poll.len().min(start + Packing::Small.rows_per_group() - self.group.len());
                extend(&mut self.group, poll.view(start..end));
                start = end;
                if self.group.len() == Packing::Small.rows_per_group() {
                    self.flush()?;
                }
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), RecordingError> {
        let Some(&time) = self.group.time.first() else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(DayOnDisk::create(self.disk, self.tape, Timestamp(time).day())?),
        };
        let failed = RecordingError::io("write", &file.path);
        let written = self.disk.step().and_then(|()| file.writer.write(self.group.all()).map_err(io_error));
        self.group.clear();
        written.map_err(failed)
    }
}

impl DayOnDisk {
    fn create(disk: &Disk, tape: &Tape, day: i64) -> Result<DayOnDisk, RecordingError> {
        let part = tape.meta().days.iter().filter(|file| file.day == day).count();
        let name = day_file_name(day, part);
        let path = tape.path().join(&name);
        let scratch = tape.path().join(format!("{name}{SCRATCH}"));
        let made = disk.remove(&scratch).and_then(|()| disk.step());
        let made = made.and_then(|()| DayWriter::create(&scratch, Packing::Small).map_err(io_error));
        let writer = made.map_err(RecordingError::io("write", &path))?;
        Ok(DayOnDisk { name, path, scratch, writer })
    }
}

fn replace_json(disk: &Disk, folder: &Path, name: &str, content: &impl Serialize) -> Result<(), RecordingError> {
    let path = folder.join(name);
    let bytes = serde_json::to_vec_pretty(content).map_err(io::Error::from);
    bytes
        .and_then(|bytes| disk.replace(&folder.join(format!("{name}{SCRATCH}")), &path, &bytes))
        .map_err(RecordingError::io("write", &path))
}
