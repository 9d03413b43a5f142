//! Whole columns of Parquet files, written and read without arrow.

use std::io::Write;

use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::file::writer::SerializedRowGroupWriter;

/// Writes `values` as the next column of `group`.
pub(crate) fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("too many columns".into()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// Returns the values of the column at `place`, none of which is empty.
pub(crate) fn read_column<T: DataType>(group: &dyn RowGroupReader, place: usize) -> Result<Vec<T::T>, ParquetError> {
    let physical = group.metadata().columns().get(place).map(|column| column.column_type());
    if physical != Some(T::get_physical_type()) {
        return Err(ParquetError::General("its columns are not those of such a file".to_owned()));
    }
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(place)?);
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let mut values = Vec::new();
    reader.read_records(rows, None, None, &mut values)?;
    Ok(values)
}
