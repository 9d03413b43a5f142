//! Columns of the files of a tape: their types, the way in which they are packed, and reading them without arrow.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::Crc;
use host_system::capped;
use parquet::basic::{Compression, Encoding, LogicalType, PageType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::file::reader::{RowGroupReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::schema::types::{ColumnDescriptor, Type, TypePtr};

use super::TapeError;

pub(crate) type Parquet<T> = Result<T, ParquetError>;

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

    /// Values repeat so much that for 45 markets a dictionary beats a codec: reading a row takes 14 ns, at 9.4 bytes
    /// per row. With LZ4 it is 16 ns and 8.1 bytes, with zstd 19 ns and 7.6 bytes, without a dictionary 33 ns and 60
    /// bytes. Small pages are decoded through buffers that stay in the processor's cache.
    ///
    /// For 3,000 markets a row takes 11.4 bytes by a dictionary alone, but 4 with zstd over it, if pages are large
    /// enough to hold many polls: there a market's values mostly repeat those of the poll before.
    ///
    /// Pages are of version 2, which keeps apart where values are absent: see [`FloatColumn`]. The host never reads the
    /// tickers, so that zstd costs it nothing there, and leaves next to nothing of them.
    pub(super) fn properties(self) -> Parquet<WriterPropertiesPtr> {
        let zstd = Compression::ZSTD(ZstdLevel::try_new(3)?);
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_data_page_row_count_limit(self.rows_per_group())
            // A polled day has few times; where every row has its own, differences are smaller.
            .set_column_dictionary_page_size_limit("time".into(), 64 * 1024)
            .set_column_encoding("time".into(), Encoding::DELTA_BINARY_PACKED)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by(concat!("host ", env!("CARGO_PKG_VERSION")).into());
        let properties = match self {
            Packing::Fast => properties.set_data_page_size_limit(64 * 1024).set_dictionary_page_size_limit(256 * 1024),
            Packing::Small => properties
                .set_data_page_size_limit(1024 * 1024)
                .set_dictionary_page_size_limit(1024 * 1024)
                // A poll has its markets in the order of their numbers.
                .set_column_dictionary_enabled("market".into(), false)
                .set_column_encoding("market".into(), Encoding::DELTA_BINARY_PACKED)
                .set_compression(zstd),
        };
        let properties = properties
            .set_column_compression(TICKER.into(), zstd)
            .set_column_data_page_size_limit(TICKER.into(), 1024 * 1024)
            .set_column_dictionary_page_size_limit(TICKER.into(), 8 * 1024 * 1024);
        Ok(Arc::new(properties.build()))
    }
}

/// The first column, for people.
pub(super) const TICKER: &str = "ticker";

/// Returns the type of a column.
pub(super) fn column(
    name: &str,
    physical: Physical,
    logical: Option<LogicalType>,
    repetition: Repetition,
) -> Parquet<TypePtr> {
    let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
    Ok(Arc::new(builder.with_logical_type(logical).build()?))
}

/// Returns the type of a column of times, which are nanoseconds since 1970 in UTC.
pub(super) fn times(name: &str, repetition: Repetition) -> Parquet<TypePtr> {
    column(name, Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::NANOS)), repetition)
}

/// Returns the type of a column of texts.
pub(super) fn texts(name: &str, repetition: Repetition) -> Parquet<TypePtr> {
    column(name, Physical::BYTE_ARRAY, Some(LogicalType::String), repetition)
}

/// Returns the type of a column of market numbers.
pub(super) fn market_numbers(name: &str) -> Parquet<TypePtr> {
    column(name, Physical::INT32, Some(LogicalType::integer(32, false)), Repetition::REQUIRED)
}

/// Returns the table `name` of `columns`.
pub(super) fn table(name: &str, columns: Vec<TypePtr>) -> Parquet<TypePtr> {
    Ok(Arc::new(Type::group_type_builder(name).with_fields(columns).build()?))
}

/// Returns `schema` without its first column.
pub(super) fn without_first(schema: &Type) -> Parquet<TypePtr> {
    table(schema.name(), schema.get_fields().iter().skip(1).cloned().collect())
}

/// Opens a file with all that it says of its pages.
pub(crate) fn open_file(path: &Path) -> Result<SerializedFileReader<File>, TapeError> {
    let file = capped::open(path).map_err(TapeError::io("open", path))?;
    let options = ReadOptionsBuilder::new().with_encoding_stats_as_mask(false).build();
    let damaged = |error: ParquetError| TapeError::Damaged { path: path.to_owned(), reason: error.to_string() };
    SerializedFileReader::new_with_options(file, options).map_err(damaged)
}

/// Returns a reader of the column at `place`.
pub(super) fn column_reader<T: DataType>(group: &dyn RowGroupReader, place: usize) -> Parquet<ColumnReaderImpl<T>> {
    Ok(get_typed_column_reader(group.get_column_reader(place)?))
}

/// Appends the next `rows` values of a column in which none is absent.
pub(super) fn read_column<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    out: &mut Vec<T::T>,
) -> Parquet<()> {
    let (read, ..) = reader.read_records(rows, None, None, out)?;
    whole(read, rows)
}

pub(super) fn whole(read: usize, rows: usize) -> Parquet<()> {
    if read == rows { Ok(()) } else { Err(ParquetError::General(format!("a column ends {} rows early", rows - read))) }
}

/// Reads numbers of a row group, NaN for absent ones. Whether some are absent is known before they are read, and where
/// none is, reading costs no more than if none could be.
pub(super) enum FloatColumn {
    Full(ColumnReaderImpl<DoubleType>),
    Empty,
    Mixed { reader: ColumnReaderImpl<DoubleType>, is_there: Vec<i16>, values: Vec<f64> },
}

impl FloatColumn {
    pub(super) fn open(group: &dyn RowGroupReader, place: usize) -> Parquet<FloatColumn> {
        let chunk = group.metadata().column(place);
        let column = chunk.column_descr();
        let absent = chunk.statistics().and_then(|statistics| statistics.null_count_opt());
        Ok(match absent {
            _ if column.max_def_level() == 0 => FloatColumn::Full(column_reader(group, place)?),
            Some(0) if has_levels_apart(chunk) => {
                // Without levels of its own the column skips those of the pages.
                let required = ColumnDescriptor::new(column.self_type_ptr(), 0, 0, column.path().clone());
                let pages = group.get_column_page_reader(place)?;
                FloatColumn::Full(ColumnReaderImpl::new(Arc::new(required), pages))
            }
            Some(absent) if i64::try_from(absent) == Ok(group.metadata().num_rows()) => FloatColumn::Empty,
            _ => {
                let reader = column_reader(group, place)?;
                FloatColumn::Mixed { reader, is_there: Vec::new(), values: Vec::new() }
            }
        })
    }

    /// Appends the next `rows` values.
    pub(super) fn read(&mut self, rows: usize, out: &mut Vec<f64>) -> Parquet<()> {
        match self {
            FloatColumn::Full(reader) => read_column(reader, rows, out),
            FloatColumn::Empty => {
                out.resize(out.len() + rows, f64::NAN);
                Ok(())
            }
            FloatColumn::Mixed { reader, is_there, values } => {
                is_there.clear();
                values.clear();
                let (read, ..) = reader.read_records(rows, Some(is_there), None, values)?;
                whole(read, rows)?;
                spread(values, is_there, out);
                Ok(())
            }
        }
    }
}

/// Returns true if all pages of values are of version 2, whose levels stand before the values, uncompressed.
fn has_levels_apart(chunk: &ColumnChunkMetaData) -> bool {
    let pages = chunk.page_encoding_stats();
    pages.is_some_and(|pages| !pages.iter().any(|page| page.page_type == PageType::DATA_PAGE))
}

/// Appends the `values` that are there, and NaN for each that is not, without a branch for each row.
fn spread(values: &mut Vec<f64>, is_there: &[i16], out: &mut Vec<f64>) {
    // What is looked at, and not taken, where no value is left.
    values.push(f64::NAN);
    let (mut next, last) = (0, values.len() - 1);
    out.extend(is_there.iter().map(|&is_there| {
        let value = values[next.min(last)];
        next += usize::from(is_there != 0);
        if is_there != 0 { value } else { f64::NAN }
    }));
}

/// Returns the first difference of the columns `found` in a file from the `expected` ones.
pub(super) fn wrong_columns(found: &Type, expected: &Type) -> Option<String> {
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

/// Returns the CRC-32 of the file at `path`.
pub(crate) fn checksum(path: &Path) -> io::Result<u32> {
    let mut file = capped::open(path)?;
    let mut crc = Crc::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(crc.sum()),
            read => crc.update(&buffer[..read]),
        }
    }
}
