//! The quotes of one day as a Parquet file.
//!
//! It has the columns `ticker,time,bid,ask,bid_size,ask_size,last,volume,market`, of which the host reads all but the
//! first. Files of former releases have `market,time,bid,ask,bid_size,ask_size,last,volume`, with NaN for absent.

use std::fs::File;
use std::path::Path;

use host_core::{Quotes, QuotesView};
use parquet::basic::{Repetition, Type as Physical};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::TapeError;
use super::columns::{
    FloatColumn, Packing, Parquet, TICKER, column, column_reader, market_numbers, open_file, read_column, table, texts,
    times, without_first, wrong_columns,
};
use crate::parquet_columns::{write_column, write_optional_column};

/// The six float columns, in the contract's order.
const FLOATS: [&str; 6] = ["bid", "ask", "bid_size", "ask_size", "last", "volume"];
/// Place of the first of them, in files of any release.
const FIRST_FLOAT: usize = 2;

/// Returns the columns of a file. All but the floats are always there.
pub(crate) fn quote_columns() -> Parquet<TypePtr> {
    let mut columns = vec![texts(TICKER, Repetition::REQUIRED)?, times("time", Repetition::REQUIRED)?];
    for name in FLOATS {
        columns.push(column(name, Physical::DOUBLE, None, Repetition::OPTIONAL)?);
    }
    columns.push(market_numbers("market")?);
    table("quotes", columns)
}

/// Returns the columns of a file of a former release.
fn former_columns() -> Parquet<TypePtr> {
    let mut columns = vec![market_numbers("market")?, times("time", Repetition::REQUIRED)?];
    for name in FLOATS {
        columns.push(column(name, Physical::DOUBLE, None, Repetition::REQUIRED)?);
    }
    table("quotes", columns)
}

/// Writes all columns but the tickers, row group by row group. [`add_tickers`](super::tickers::add_tickers) makes a
/// day's file of it once the tickers are known.
pub(crate) struct QuotesWriter {
    file: SerializedFileWriter<File>,
    rows: u64,
    ids: Vec<i32>,
}

impl QuotesWriter {
    pub(crate) fn create(path: &Path, packing: Packing) -> Parquet<QuotesWriter> {
        let columns = without_first(quote_columns()?.as_ref())?;
        let file = SerializedFileWriter::new(File::create_new(path)?, columns, packing.properties()?)?;
        Ok(QuotesWriter { file, rows: 0, ids: Vec::new() })
    }

    /// Writes `rows` as one row group.
    pub(crate) fn write(&mut self, rows: QuotesView<'_>) -> Parquet<()> {
        self.ids.clear();
        self.ids.extend(rows.market.iter().map(|&id| id.cast_signed()));
        let mut group = self.file.next_row_group()?;
        write_column::<Int64Type, _>(&mut group, rows.time)?;
        for column in [rows.bid, rows.ask, rows.bid_size, rows.ask_size, rows.last, rows.volume] {
            let values = column.iter().map(|&value| Some(value).filter(|value| !value.is_nan()));
            write_optional_column::<DoubleType, _>(&mut group, values)?;
        }
        write_column::<Int32Type, _>(&mut group, &self.ids)?;
        group.close()?;
        self.rows += rows.len() as u64;
        Ok(())
    }

    /// Writes the footer. Returns the number of rows.
    pub(crate) fn finish(self) -> Parquet<u64> {
        let rows = self.rows;
        self.file.close()?;
        Ok(rows)
    }
}

/// Reads one day's file from the start.
pub(super) struct QuotesFile {
    file: SerializedFileReader<File>,
    /// Place of the column `market`.
    market: usize,
    next_group: usize,
    columns: Option<ColumnReaders>,
    ids: Vec<i32>,
}

struct ColumnReaders {
    left: usize,
    market: ColumnReaderImpl<Int32Type>,
    time: ColumnReaderImpl<Int64Type>,
    floats: [FloatColumn; 6],
}

impl QuotesFile {
    pub(super) fn open(path: &Path) -> Result<QuotesFile, TapeError> {
        let file = open_file(path)?;
        let damaged = |error: ParquetError| TapeError::Damaged { path: path.to_owned(), reason: error.to_string() };
        let market = market_place(file.metadata().file_metadata().schema()).map_err(damaged)?;
        let market = market.map_err(|reason| TapeError::WrongColumns { path: path.to_owned(), reason })?;
        Ok(QuotesFile { file, market, next_group: 0, columns: None, ids: Vec::new() })
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
                for (column, values) in columns.floats.iter_mut().zip([bid, ask, bid_size, ask_size, last, volume]) {
                    column.read(rows, values)?;
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
        let group = group.as_ref();
        let float = |number: usize| FloatColumn::open(group, FIRST_FLOAT + number);
        Ok(ColumnReaders {
            left: usize::try_from(group.metadata().num_rows()).unwrap_or(0),
            market: column_reader(group, self.market)?,
            time: column_reader(group, 1)?,
            floats: [float(0)?, float(1)?, float(2)?, float(3)?, float(4)?, float(5)?],
        })
    }
}

/// Returns the place of the column `market`, or the first wrong column.
fn market_place(found: &Type) -> Parquet<Result<usize, String>> {
    let is_former = found.get_fields().first().is_some_and(|first| first.name() == "market");
    let (expected, market) = if is_former { (former_columns()?, 0) } else { (quote_columns()?, 8) };
    Ok(wrong_columns(found, expected.as_ref()).map_or(Ok(market), Err))
}
