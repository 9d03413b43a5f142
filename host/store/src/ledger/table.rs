//! Writes one table as CSV and Parquet at once, under names that end in `.part` until it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::cell::{Cell, Kind};
use crate::tape::io_error;

/// Number of rows in a row group, which is held in memory until it is written.
const ROWS_PER_GROUP: usize = 16_384;

/// The name and the columns of a table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
}

/// A row: a cell for each column, `None` where it is empty.
pub(super) type Row = Vec<Option<Cell>>;

/// Writes a table. Dropped before [`TableWriter::finish`], it leaves nothing behind.
pub(super) struct TableWriter {
    folder: PathBuf,
    table: &'static Table,
    files: Option<Files>,
    held: Vec<Row>,
    line: String,
}

struct Files {
    csv: BufWriter<File>,
    parquet: SerializedFileWriter<File>,
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter").field("table", &self.table.name).finish_non_exhaustive()
    }
}

impl TableWriter {
    /// Begins the files of `table` in `folder`.
    pub(super) fn create(folder: &Path, table: &'static Table) -> io::Result<TableWriter> {
        let mut csv = BufWriter::new(File::create(part(folder, table, "csv"))?);
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        writeln!(csv, "{}", names.join(","))?;
        let file = File::create(part(folder, table, "parquet"))?;
        let properties = Arc::new(WriterProperties::builder().build());
        let parquet = schema(table).and_then(|schema| SerializedFileWriter::new(file, schema, properties));
        let files = Some(Files { csv, parquet: parquet.map_err(io_error)? });
        Ok(TableWriter { folder: folder.to_owned(), table, files, held: Vec::new(), line: String::new() })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: Row) -> io::Result<()> {
        let Some(files) = &mut self.files else { return Ok(()) };
        self.line.clear();
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                self.line.push(',');
            }
            if let Some(cell) = cell {
                // Writing to a string cannot fail.
                let _ = cell.write(&mut self.line);
            }
        }
        self.line.push('\n');
        files.csv.write_all(self.line.as_bytes())?;
        self.held.push(row);
        if self.held.len() >= ROWS_PER_GROUP { self.flush() } else { Ok(()) }
    }

    /// Completes both files and gives them their names.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        let Some(Files { csv, parquet }) = self.files.take() else { return Ok(()) };
        csv.into_inner().map_err(io::IntoInnerError::into_error)?;
        parquet.close().map_err(io_error)?;
        for ending in ["csv", "parquet"] {
            fs::rename(part(&self.folder, self.table, ending), named(&self.folder, self.table, ending))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(files) = &mut self.files else { return Ok(()) };
        let held = std::mem::take(&mut self.held);
        if held.is_empty() { Ok(()) } else { write_group(&mut files.parquet, self.table, &held).map_err(io_error) }
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        if self.files.take().is_some() {
            for ending in ["csv", "parquet"] {
                // What cannot be removed is recognised by its name.
                let _ = fs::remove_file(part(&self.folder, self.table, ending));
            }
        }
    }
}

fn named(folder: &Path, table: &Table, ending: &str) -> PathBuf {
    folder.join(format!("{}.{ending}", table.name))
}

fn part(folder: &Path, table: &Table, ending: &str) -> PathBuf {
    folder.join(format!("{}.{ending}.part", table.name))
}

fn schema(table: &Table) -> Result<TypePtr, ParquetError> {
    let field = |(name, kind): &(&'static str, Kind)| {
        let (physical, logical) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Decimal => (Physical::DOUBLE, None),
            Kind::Whole => (Physical::INT64, None),
            Kind::Flag => (Physical::BOOLEAN, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        };
        let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        field.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = table.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder(table.name).with_fields(fields).build()?))
}

fn write_group(file: &mut SerializedFileWriter<File>, table: &Table, rows: &[Row]) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for (place, (_, kind)) in table.columns.iter().enumerate() {
        let cells = rows.iter().map(|row| row.get(place).and_then(Option::as_ref));
        match kind {
            Kind::Text => column::<ByteArrayType>(&mut group, cells, |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                _ => None,
            }),
            Kind::Decimal => column::<DoubleType>(&mut group, cells, Cell::number),
            Kind::Whole => column::<Int64Type>(&mut group, cells, |cell| match cell {
                Cell::Whole(number) => Some(*number),
                _ => None,
            }),
            Kind::Flag => column::<BoolType>(&mut group, cells, |cell| match cell {
                Cell::Flag(flag) => Some(*flag),
                _ => None,
            }),
            Kind::Time => column::<Int64Type>(&mut group, cells, |cell| match cell {
                Cell::Time(time) => Some(time.0.div_euclid(1_000)),
                _ => None,
            }),
            Kind::Date => column::<Int32Type>(&mut group, cells, |cell| match cell {
                Cell::Date(day) => i32::try_from(*day).ok(),
                _ => None,
            }),
        }?;
    }
    group.close().map(drop)
}

fn column<'a, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    cells: impl Iterator<Item = Option<&'a Cell>>,
    value: impl Fn(&Cell) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        let found = cell.and_then(&value);
        levels.push(i16::from(found.is_some()));
        values.extend(found);
    }
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("too many columns".into()))?;
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()
}
