//! The Parquet file of one day: its columns, their encoding, and plain column reads without arrow.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::Crc;
use host_core::{Quotes, QuotesView, time::civil_date};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::TapeError;
use crate::parquet_columns::write_column;

/// The way in which a day's file is packed. Any reader reads both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// For tapes, which are read again and again.
    Fast,
    /// For recordings, which grow every day.
    Small,
}

impl Packing {
    /// Returns the number of rows in a row group, of which the writer holds one in memory. For tapes that is enough for
    /// a day of 45 markets polled every 30 s (8 MB). In recordings of thousands of markets each poll resembles the one
    /// before, which a larger group shows better (16 MB).
    pub(crate) fn rows_per_group(self) -> usize {
        match self {
            Packing::Fast => 131_072,
            Packing::Small => 262_144,
        }
    }
}

/// The six float columns, in the contract's order.
const FLOATS: [&str; 6] = ["bid", "ask", "bid_size", "ask_size", "last", "volume"];

type Parquet<T> = Result<T, ParquetError>;

/// Returns the columns `market`, `time` and the floats. All are required, so that decoding needs no definition levels.
fn schema() -> Parquet<TypePtr> {
    let required = |name, physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
    let market = LogicalType::integer(32, false);
    let time = LogicalType::timestamp(true, TimeUnit::NANOS);
    let mut fields = vec![
        Arc::new(required("market", Physical::INT32).with_logical_type(Some(market)).build()?),
        Arc::new(required("time", Physical::INT64).with_logical_type(Some(time)).build()?),
    ];
    for name in FLOATS {
        fields.push(Arc::new(required(name, Physical::DOUBLE).build()?));
    }
    Ok(Arc::new(Type::group_type_builder("quotes").with_fields(fields).build()?))
}

/// Values repeat so much that for 45 markets a dictionary beats a codec: reading a row takes 14 ns, at 9.4 bytes per
/// row. With LZ4 it is 16 ns and 8.1 bytes, with zstd 19 ns and 7.6 bytes, without a dictionary 33 ns and 60 bytes.
/// Small pages are decoded through buffers that stay in the processor's cache.
///
/// For 3,000 markets a row takes 11.4 bytes by a dictionary alone, but 4 with zstd over it, if pages are large enough
/// to hold many polls: there a market's values mostly repeat those of the poll before.
fn properties(packing: Packing) -> Parquet<WriterPropertiesPtr> {
    let properties = WriterProperties::builder()
        .set_data_page_row_count_limit(packing.rows_per_group())
        // A polled day has few times; where every row has its own, differences are smaller.
        .set_column_dictionary_page_size_limit("time".into(), 64 * 1024)
        .set_column_encoding("time".into(), Encoding::DELTA_BINARY_PACKED)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_created_by(concat!("host ", env!("CARGO_PKG_VERSION")).into());
    let properties = match packing {
        Packing::Fast => properties.set_data_page_size_limit(64 * 1024).set_dictionary_page_size_limit(256 * 1024),
        Packing::Small => properties
            .set_data_page_size_limit(1024 * 1024)
            .set_dictionary_page_size_limit(1024 * 1024)
            // A poll has its markets in the order of their numbers.
            .set_column_dictionary_enabled("market".into(), false)
            .set_column_encoding("market".into(), Encoding::DELTA_BINARY_PACKED)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)),
    };
    Ok(Arc::new(properties.build()))
}

/// The name of a day's file; `part` counts the files that the day has already.
pub(crate) fn day_file_name(day: i64, part: usize) -> String {
    let (year, month, date) = civil_date(day);
    let part = if part == 0 { String::new() } else { format!("_{:02}", part + 1) };
    format!("day={year:04}-{month:02}-{date:02}{part}.parquet")
}

/// Returns the system's error if it stopped the encoder, else `error` itself.
pub(crate) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

/// Returns the CRC-32 of the file at `path`.
pub(crate) fn checksum(path: &Path) -> io::Result<u32> {
    let mut file = File::open(path)?;
    let mut crc = Crc::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(crc.sum()),
            read => crc.update(&buffer[..read]),
        }
    }
}

/// Writes one day's file, row group by row group.
pub(crate) struct DayWriter {
    file: SerializedFileWriter<File>,
    rows: u64,
    ids: Vec<i32>,
}

impl DayWriter {
    pub(crate) fn create(path: &Path, packing: Packing) -> Parquet<DayWriter> {
        let file = SerializedFileWriter::new(File::create_new(path)?, schema()?, properties(packing)?)?;
        Ok(DayWriter { file, rows: 0, ids: Vec::new() })
    }

    /// Writes `rows` as one row group.
    pub(crate) fn write(&mut self, rows: QuotesView<'_>) -> Parquet<()> {
        self.ids.clear();
        self.ids.extend(rows.market.iter().map(|&id| id.cast_signed()));
        let mut group = self.file.next_row_group()?;
        write_column::<Int32Type, _>(&mut group, &self.ids)?;
        write_column::<Int64Type, _>(&mut group, rows.time)?;
        for column in [rows.bid, rows.ask, rows.bid_size, rows.ask_size, rows.last, rows.volume] {
            write_column::<DoubleType, _>(&mut group, column)?;
        }
        group.close()?;
        self.rows += rows.len() as u64;
        Ok(())
    }

    /// Writes the footer and syncs the file to disk. Returns the number of rows.
    pub(crate) fn finish(self) -> Parquet<u64> {
        let rows = self.rows;
        self.file.into_inner()?.sync_all()?;
        Ok(rows)
    }
}

/// Reads one day's file from the start.
pub(super) struct DayReader {
    file: SerializedFileReader<File>,
    next_group: usize,
    columns: Option<ColumnReaders>,
    ids: Vec<i32>,
}

struct ColumnReaders {
    left: usize,
    market: ColumnReaderImpl<Int32Type>,
    time: ColumnReaderImpl<Int64Type>,
    floats: [ColumnReaderImpl<DoubleType>; 6],
}

impl DayReader {
    pub(super) fn open(path: &Path) -> Result<DayReader, TapeError> {
        let damaged = |error: ParquetError| TapeError::Damaged { path: path.to_owned(), reason: error.to_string() };
        let file = File::open(path).map_err(TapeError::io("open", path))?;
        let file = SerializedFileReader::new(file).map_err(damaged)?;
        let found = file.metadata().file_metadata().schema();
        if let Some(reason) = wrong_columns(found, schema().map_err(damaged)?.as_ref()) {
            return Err(TapeError::WrongColumns { path: path.to_owned(), reason });
        }
        Ok(DayReader { file, next_group: 0, columns: None, ids: Vec::new() })
    }

    /// Appends up to `max` rows. Returns their number, which is 0 at the end. After an error the columns may differ
    /// in length.
    pub(super) fn read(&mut self, max: usize, out: &mut Quotes) -> Parquet<usize> {
        loop {
            if let Some(columns) = &mut self.columns
                && columns.left > 0
            {
                let rows = max.min(columns.left);
                columns.left -= rows;
                self.ids.clear();
                read_column(&mut columns.market, rows, &mut self.ids)?;
                out.market.extend(self.ids.iter().map(|&id| id.cast_unsigned()));
                read_column(&mut columns.time, rows, &mut out.time)?;
                let Quotes { bid, ask, bid_size, ask_size, last, volume, .. } = out;
                for (reader, values) in columns.floats.iter_mut().zip([bid, ask, bid_size, ask_size, last, volume]) {
                    read_column(reader, rows, values)?;
                }
                return Ok(rows);
            }
            if self.next_group == self.file.num_row_groups() {
                return Ok(0);
            }
            self.columns = Some(self.open_group(self.next_group)?);
            self.next_group += 1;
        }
    }

    fn open_group(&self, index: usize) -> Parquet<ColumnReaders> {
        let group = self.file.get_row_group(index)?;
        let float = |column: usize| Ok::<_, ParquetError>(get_typed_column_reader(group.get_column_reader(column)?));
        Ok(ColumnReaders {
            left: usize::try_from(group.metadata().num_rows()).unwrap_or(0),
            market: get_typed_column_reader(group.get_column_reader(0)?),
            time: get_typed_column_reader(group.get_column_reader(1)?),
            floats: [float(2)?, float(3)?, float(4)?, float(5)?, float(6)?, float(7)?],
        })
    }
}

fn read_column<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize, out: &mut Vec<T::T>) -> Parquet<()> {
    let (read, ..) = reader.read_records(rows, None, None, out)?;
    if read == rows { Ok(()) } else { Err(ParquetError::General(format!("a column ends {} rows early", rows - read))) }
}

fn wrong_columns(found: &Type, expected: &Type) -> Option<String> {
    let describe = |field: &TypePtr| {
        format!("{} {} {}", field.get_basic_info().repetition(), field.get_physical_type(), field.name())
    };
    let names =
        |schema: &Type| schema.get_fields().iter().map(|field| field.name().to_owned()).collect::<Vec<_>>().join(", ");
    if found.get_fields().len() != expected.get_fields().len()
        || found.get_fields().iter().any(|field| !field.is_primitive())
    {
        return Some(format!("it has {}; a tape has {}", names(found), names(expected)));
    }
    let pairs = found.get_fields().iter().map(describe).zip(expected.get_fields().iter().map(describe));
    pairs
        .into_iter()
        .find(|(found, expected)| found != expected)
        .map(|(found, expected)| format!("`{found}` should be `{expected}`"))
}
