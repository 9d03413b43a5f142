//! Whole columns of Parquet files, written and read without arrow.

use std::io::Write;

use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::file::writer::SerializedRowGroupWriter;

/// Most rows of a group that are held in memory at once: this host writes fewer than a hundredth of it.
const MOST_ROWS: usize = 1 << 24;
const ROWS_AT_A_TIME: usize = 1 << 16;

/// Writes `values` as the next column of `group`.
pub(crate) fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("too many columns".into()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// Writes `values`, some of which are absent, as the next column of `group`.
pub(crate) fn write_optional_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut present, mut is_there) = (Vec::with_capacity(values.size_hint().0), Vec::new());
    for value in values {
        is_there.push(i16::from(value.is_some()));
        present.extend(value);
    }
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("too many columns".into()))?;
    column.typed::<T>().write_batch(&present, Some(&is_there), None)?;
    column.close()
}

/// Returns the values of the column at `place`, none of which is empty.
pub(crate) fn read_column<T: DataType>(group: &dyn RowGroupReader, place: usize) -> Result<Vec<T::T>, ParquetError> {
    match read_values::<T>(group, place)? {
        (_, is_there) if is_there.contains(&0) => Err(ParquetError::General("a column has empty values".to_owned())),
        (values, _) => Ok(values),
    }
}

/// Returns the values of the column at `place`, of which some may be absent.
pub(crate) fn read_optional_column<T: DataType>(
    group: &dyn RowGroupReader,
    place: usize,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let (values, is_there) = read_values::<T>(group, place)?;
    let mut values = values.into_iter();
    Ok(is_there.iter().map(|&is_there| if is_there == 0 { None } else { values.next() }).collect())
}

/// Returns the values of the column at `place`, and for each row 0 if it has none; nothing of the kind if all have one.
fn read_values<T: DataType>(group: &dyn RowGroupReader, place: usize) -> Result<(Vec<T::T>, Vec<i16>), ParquetError> {
    let physical = group.metadata().columns().get(place).map(|column| column.column_type());
    if physical != Some(T::get_physical_type()) {
        return Err(ParquetError::General("its columns are not those of such a file".to_owned()));
    }
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(place)?);
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let wrong = |what: String| ParquetError::General(format!("a group of rows {what}"));
    if rows > MOST_ROWS {
        return Err(wrong(format!("claims to have {rows} rows, and at most {MOST_ROWS} are read")));
    }
    let is_optional = group.metadata().column(place).column_descr().max_def_level() > 0;
    let (mut values, mut is_there, mut done) = (Vec::new(), Vec::new(), 0);
    while done < rows {
        // What a page claims to have is given room before it is decoded: no more at a time than this.
        let wanted = (rows - done).min(ROWS_AT_A_TIME);
        let levels = is_optional.then_some(&mut is_there);
        let (read, ..) = reader.read_records(wanted, levels, None, &mut values)?;
        if read == 0 {
            return Err(wrong(format!("ends {} rows early", rows - done)));
        }
        done += read;
    }
    Ok((values, is_there))
}
