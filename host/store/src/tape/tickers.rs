//! The tickers in the rows of a day's file: a first column that other programs read in place of market numbers.
//!
//! The host reads numbers. Rows are written before every ticker is known, so that the column comes last into the file:
//! all others are copied as they are, without being decoded.

use std::fs::File;
use std::path::Path;

use host_system::capped;
use parquet::column::reader::ColumnReaderImpl;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::TypePtr;

use super::columns::{Packing, Parquet, column_reader, read_column};

/// Rows whose tickers are held in memory at a time.
const ROWS_AT_A_TIME: usize = 8_192;

/// Writes the new file `to` with the `columns`, of which the first is the ticker and the last the market: the others
/// are those of the file `from`. `ticker` returns the ticker of a market. The file is synced to disk.
pub(crate) fn add_tickers(
    from: &Path,
    to: &Path,
    columns: TypePtr,
    packing: Packing,
    ticker: &dyn Fn(u32) -> Option<ByteArray>,
) -> Parquet<()> {
    let source = capped::open(from)?;
    let options = ReadOptionsBuilder::new().with_encoding_stats_as_mask(false).build();
    let rows = SerializedFileReader::new_with_options(source.try_clone()?, options)?;
    let mut file = SerializedFileWriter::new(File::create_new(to)?, columns, packing.properties()?)?;
    for index in 0..rows.num_row_groups() {
        let group = rows.get_row_group(index)?;
        let mut named = file.next_row_group()?;
        write_tickers(&mut named, group.as_ref(), ticker)?;
        copy_columns(&source, group.as_ref(), &mut named)?;
        named.close()?;
    }
    Ok(file.into_inner()?.sync_all()?)
}

/// Copies all columns of `group`, of the file `source`, as the next columns of `copied`. The file must have been opened
/// with all that it says of its pages.
pub(super) fn copy_columns(
    source: &File,
    group: &dyn RowGroupReader,
    copied: &mut SerializedRowGroupWriter<'_, File>,
) -> Parquet<()> {
    for chunk in group.metadata().columns() {
        let written = ColumnCloseResult {
            bytes_written: chunk.compressed_size().unsigned_abs(),
            rows_written: group.metadata().num_rows().unsigned_abs(),
            metadata: chunk.clone(),
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        copied.append_column(source, written)?;
    }
    Ok(())
}

fn write_tickers(
    named: &mut SerializedRowGroupWriter<'_, File>,
    group: &dyn RowGroupReader,
    ticker: &dyn Fn(u32) -> Option<ByteArray>,
) -> Parquet<()> {
    let missing = |what: String| ParquetError::General(what);
    let last = group.num_columns().checked_sub(1).ok_or_else(|| missing("a file without columns".into()))?;
    let mut markets: ColumnReaderImpl<Int32Type> = column_reader(group, last)?;
    let mut column = named.next_column()?.ok_or_else(|| missing("a file without columns".into()))?;
    let (mut left, mut ids) = (usize::try_from(group.metadata().num_rows()).unwrap_or(0), Vec::new());
    let mut tickers = Vec::new();
    while left > 0 {
        let rows = left.min(ROWS_AT_A_TIME);
        ids.clear();
        read_column(&mut markets, rows, &mut ids)?;
        tickers.clear();
        for id in &ids {
            let id = id.cast_unsigned();
            tickers.push(ticker(id).ok_or_else(|| missing(format!("market {id} has no ticker")))?);
        }
        column.typed::<ByteArrayType>().write_batch(&tickers, None, None)?;
        left -= rows;
    }
    column.close()
}
