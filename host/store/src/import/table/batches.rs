//! The rows of Parquet and Arrow files, which come in batches of columns.

use std::fs::File;
use std::io::{self, BufReader, Seek};
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Fields, SchemaRef, TimeUnit};
use csv::ByteRecord;
use host_system::guard::guarded;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::foreign::{ForeignRow, ForeignTable, ReadEnd, TakeRow};
use super::shape::FileShape;
use super::unpack::reason;
use super::{raw, unpack};
use crate::import::error::ImportError;

/// Rows of a Parquet file that are decoded at a time.
const ROWS_AT_A_TIME: usize = 4_096;

/// A file as a schema and batches.
struct Batches {
    schema: SchemaRef,
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
}

/// Returns the columns by path, such as `yes_bid.close`. Lists and maps are none.
pub(super) fn header(table: &ForeignTable) -> Result<Vec<String>, ImportError> {
    let schema = open(table)?.schema;
    Ok(paths(schema.fields()).into_iter().map(|(name, _)| name).collect())
}

/// As [`ForeignTable::rows`].
pub(super) fn read(table: &ForeignTable, take: &mut TakeRow<'_>) -> Result<ReadEnd, ImportError> {
    let Batches { schema, mut batches } = open(table)?;
    let columns: Vec<Vec<usize>> = paths(schema.fields()).into_iter().map(|(_, places)| places).collect();
    let mut row = 0;
    loop {
        let broken = |problem: String| table.truncated(row, problem, row);
        let batch = guarded("its batch of rows", || batches.next()).map_err(|error| broken(error.to_string()))?;
        let Some(batch) = batch else { break };
        let batch = batch.map_err(|error| broken(error.to_string()))?;
        // What is taken may fail by itself: only the texts are guarded.
        let texts = guarded("its batch of rows", || texts(&batch, &columns));
        let texts = texts.map_err(|error| broken(error.to_string()))?.map_err(|error| broken(error.to_string()))?;
        for record in &texts {
            row += 1;
            if take(ForeignRow { fields: record, place: &|| row, problem: None })? == ControlFlow::Break(()) {
                return Ok(ReadEnd::default());
            }
        }
    }
    let sha256 = raw::digest(&table.path).map_err(table.unreadable())?;
    Ok(ReadEnd { sha256, ..ReadEnd::default() })
}

fn open(table: &ForeignTable) -> Result<Batches, ImportError> {
    let file = seekable(table)?;
    let opened = guarded("the file", || match table.shape {
        FileShape::ArrowFile => {
            let reader = FileReader::try_new(BufReader::new(file), None)?;
            Ok(Batches { schema: reader.schema(), batches: Box::new(reader) })
        }
        FileShape::ArrowStream => {
            let reader = StreamReader::try_new(BufReader::new(file), None)?;
            Ok(Batches { schema: reader.schema(), batches: Box::new(reader) })
        }
        _ => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            let schema = builder.schema().clone();
            let reader = builder.with_batch_size(ROWS_AT_A_TIME).build()?;
            Ok(Batches { schema, batches: Box::new(reader) })
        }
    });
    let broken = |problem: String| {
        let place = "its beginning".to_owned();
        ImportError::Truncated { path: table.path.clone(), place, problem, rows: 0 }
    };
    opened.map_err(|error| broken(error.to_string()))?.map_err(|error: ArrowError| broken(error.to_string()))
}

/// Returns the file, or a temporary one with its unpacked content.
fn seekable(table: &ForeignTable) -> Result<File, ImportError> {
    if table.layers.is_empty() {
        return File::open(&table.path).map_err(table.unreadable());
    }
    let mut unpacked = unpack::open(&table.path)?;
    let mut unpack = || {
        let mut file = tempfile::tempfile()?;
        io::copy(&mut unpacked.content, &mut file)?;
        file.rewind()?;
        Ok(file)
    };
    unpack().map_err(|error: io::Error| table.truncated(0, reason(&error), 0))
}

/// Returns the path of each column of values, and the places to descend to it.
fn paths(fields: &Fields) -> Vec<(String, Vec<usize>)> {
    let mut paths = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        match field.data_type() {
            DataType::Struct(inner) => {
                for (name, mut places) in self::paths(inner) {
                    places.insert(0, place);
                    paths.push((format!("{}.{name}", field.name()), places));
                }
            }
            kind if kind.is_nested() => {}
            _ => paths.push((field.name().clone(), vec![place])),
        }
    }
    paths
}

/// Returns the rows of `batch` as texts. Absent values are empty.
fn texts(batch: &RecordBatch, columns: &[Vec<usize>]) -> Result<Vec<ByteRecord>, ArrowError> {
    let options = FormatOptions::default();
    let leaves = columns.iter().map(|places| leaf(batch, places)).collect::<Vec<_>>();
    let formatters = leaves
        .iter()
        .map(|(values, _)| ArrayFormatter::try_new(values.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::with_capacity(batch.num_rows());
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        let mut record = ByteRecord::new();
        for (formatter, (_, above)) in formatters.iter().zip(&leaves) {
            text.clear();
            if above.iter().all(|parent| parent.is_valid(row)) {
                formatter.value(row).write(&mut text)?;
            }
            record.push_field(text.as_bytes());
        }
        rows.push(record);
    }
    Ok(rows)
}

/// Returns the column at `places`, and those that it is part of: where one of them is absent, so is the value.
fn leaf(batch: &RecordBatch, places: &[usize]) -> (ArrayRef, Vec<ArrayRef>) {
    let mut above = Vec::new();
    let mut column = batch.column(places[0]).clone();
    for place in &places[1..] {
        let inner = column.as_struct().column(*place).clone();
        above.push(std::mem::replace(&mut column, inner));
    }
    (in_utc(column), above)
}

/// Times with a zone are points in time, written in UTC: the name of a zone is not needed.
fn in_utc(column: ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(unit, Some(_)) => match unit {
            TimeUnit::Second => utc_times::<TimestampSecondType>(&column),
            TimeUnit::Millisecond => utc_times::<TimestampMillisecondType>(&column),
            TimeUnit::Microsecond => utc_times::<TimestampMicrosecondType>(&column),
            TimeUnit::Nanosecond => utc_times::<TimestampNanosecondType>(&column),
        },
        _ => column,
    }
}

fn utc_times<T: ArrowPrimitiveType + arrow_array::types::ArrowTimestampType>(column: &ArrayRef) -> ArrayRef {
    Arc::new(column.as_primitive::<T>().clone().with_timezone("+00:00"))
}
