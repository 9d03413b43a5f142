//! The lines that strategies drew in a run, such as their fair values: `lines.parquet` in the run's folder, with the
//! columns `time,slot,market,name,value`, sorted by slot, market, time and name. The file gets its name once it is
//! complete; a run without lines has none.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use host_core::Timestamp;
use host_system::guard::guarded;
use host_system::{capped, files};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use tempfile::NamedTempFile;

use crate::parquet_columns::{read_column, write_column};
use crate::tape::io_error;

/// Name of the file in a run's folder.
pub const LINES_FILE: &str = "lines.parquet";

/// Number of rows in a row group, which is held in memory until it is written.
const ROWS_PER_GROUP: usize = 131_072;

/// The lines of a run cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", .path.display())]
pub struct LinesError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The value of one line in one market at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePoint {
    pub time: Timestamp,
    /// Name of the strategy's slot.
    pub slot: String,
    /// The market's ticker.
    pub market: String,
    /// Name of the line, such as `fair value`.
    pub name: String,
    /// In dollars per contract; finite.
    pub value: f64,
}

/// Writes `points` to the run's folder `folder`.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(folder: &Path, points: impl Iterator<Item = LinePoint>) -> Result<(), LinesError> {
    let path = folder.join(LINES_FILE);
    write_file(&path, points).map_err(|source| LinesError { action: "write", path, source })
}

fn write_file(path: &Path, points: impl Iterator<Item = LinePoint>) -> io::Result<()> {
    let level = ZstdLevel::try_new(3).map_err(io_error)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let schema = schema().map_err(io_error)?;
    let file = files::scratch_file(path)?;
    let mut file = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(io_error)?;
    let mut held = Columns::default();
    for point in points {
        held.push(&point);
        if held.time.len() >= ROWS_PER_GROUP {
            held.write(&mut file).map_err(io_error)?;
        }
    }
    held.write(&mut file).map_err(io_error)?;
    let file = file.into_inner().map_err(io_error)?;
    file.persist(path).map(|_| ()).map_err(io::Error::from)
}

/// Returns the points in the run's folder `folder`, in the order of the file; none if the run has no lines.
///
/// # Errors
/// The file cannot be read or is damaged.
pub fn read(folder: &Path) -> Result<Vec<LinePoint>, LinesError> {
    read_those(folder, |_, _| true)
}

/// Returns the points of the market `ticker` from `from` on, as [`read`] does; other points take no memory.
///
/// # Errors
/// As [`read`].
pub fn read_market(folder: &Path, ticker: &str, from: Timestamp) -> Result<Vec<LinePoint>, LinesError> {
    read_those(folder, |market, time| market == ticker.as_bytes() && time >= from)
}

/// Returns the points for whose market and time `wanted` is true.
fn read_those(folder: &Path, wanted: impl Fn(&[u8], Timestamp) -> bool) -> Result<Vec<LinePoint>, LinesError> {
    let path = folder.join(LINES_FILE);
    let read = match capped::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(file) => {
            guarded("the file", || points_of(file, wanted).map_err(io_error)).map_err(io::Error::other).flatten()
        }
    };
    read.map_err(|source| LinesError { action: "read", path, source })
}

fn points_of(file: File, wanted: impl Fn(&[u8], Timestamp) -> bool) -> Result<Vec<LinePoint>, ParquetError> {
    let file = SerializedFileReader::new(file)?;
    let mut points = Vec::new();
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        let texts = |place| read_column::<ByteArrayType>(&*group, place);
        let (slots, markets, names) = (texts(1)?, texts(2)?, texts(3)?);
        let (times, values) = (read_column::<Int64Type>(&*group, 0)?, read_column::<DoubleType>(&*group, 4)?);
        for (row, (time, value)) in times.into_iter().zip(values).enumerate() {
            if !wanted(markets[row].data(), Timestamp(time)) {
                continue;
            }
            let text = |column: &[ByteArray]| column[row].as_utf8().map(str::to_owned);
            let (slot, market, name) = (text(&slots)?, text(&markets)?, text(&names)?);
            points.push(LinePoint { time: Timestamp(time), slot, market, name, value });
        }
    }
    Ok(points)
}

#[derive(Default)]
struct Columns {
    time: Vec<i64>,
    texts: [Vec<ByteArray>; 3],
    value: Vec<f64>,
}

impl Columns {
    fn push(&mut self, LinePoint { time, slot, market, name, value }: &LinePoint) {
        self.time.push(time.0);
        for (column, text) in self.texts.iter_mut().zip([slot, market, name]) {
            column.push(text.as_str().into());
        }
        self.value.push(*value);
    }

    /// Writes the rows as one row group and clears them.
    fn write(&mut self, file: &mut SerializedFileWriter<NamedTempFile>) -> Result<(), ParquetError> {
        if self.time.is_empty() {
            return Ok(());
        }
        let mut group = file.next_row_group()?;
        write_column::<Int64Type, _>(&mut group, &self.time)?;
        for column in &self.texts {
            write_column::<ByteArrayType, _>(&mut group, column)?;
        }
        write_column::<DoubleType, _>(&mut group, &self.value)?;
        group.close()?;
        *self = Columns::default();
        Ok(())
    }
}

fn schema() -> Result<TypePtr, ParquetError> {
    let required = |name, physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
    let text = |name| required(name, Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build();
    let time = LogicalType::timestamp(true, TimeUnit::NANOS);
    let fields = vec![
        Arc::new(required("time", Physical::INT64).with_logical_type(Some(time)).build()?),
        Arc::new(text("slot")?),
        Arc::new(text("market")?),
        Arc::new(text("name")?),
        Arc::new(required("value", Physical::DOUBLE).build()?),
    ];
    Ok(Arc::new(Type::group_type_builder("lines").with_fields(fields).build()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), [], "a run without lines");
        let point = |time, name: &str, value| LinePoint {
            time: Timestamp(time),
            slot: "main".into(),
            market: "FED, \"A\"".into(),
            name: name.into(),
            value,
        };
        let points = [point(1_767_571_200_000_000_001, "fair value", 0.25), point(-5, "band low", -0.125)];
        write(folder.path(), points.iter().cloned()).unwrap();
        assert_eq!(read(folder.path()).unwrap(), points);
        let of_market = |ticker: &str, from| read_market(folder.path(), ticker, Timestamp(from)).unwrap();
        assert_eq!(of_market("FED, \"A\"", 0), points[..1]);
        assert_eq!((of_market("FED", -10), of_market("FED, \"A\"", -10)), (Vec::new(), points.to_vec()));
        std::fs::write(folder.path().join(LINES_FILE), "no Parquet").unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("cannot read"));
        std::fs::remove_file(folder.path().join(LINES_FILE)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(LINES_FILE)).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("it is no file, but a pipe or a device"));
    }
}
