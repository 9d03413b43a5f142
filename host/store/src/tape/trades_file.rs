//! The public trades of one day as a Parquet file: `ticker,time,price,quantity,taker,market`. The taker is `buy`,
//! `sell` or absent.

use std::fs::File;
use std::path::Path;

use host_core::{PublicTrades, Taker};
use parquet::basic::{Repetition, Type as Physical};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;

use super::TapeError;
use super::columns::{
    Packing, Parquet, TICKER, column, column_reader, market_numbers, open_file, read_column, table, texts, times,
    whole, without_first, wrong_columns,
};
use crate::parquet_columns::{write_column, write_optional_column};

const BUYS: &str = "buy";
const SELLS: &str = "sell";

/// Returns the columns of a file. All but the taker are always there.
pub(crate) fn trade_columns() -> Parquet<TypePtr> {
    let number = |name| column(name, Physical::DOUBLE, None, Repetition::REQUIRED);
    let columns = vec![
        texts(TICKER, Repetition::REQUIRED)?,
        times("time", Repetition::REQUIRED)?,
        number("price")?,
        number("quantity")?,
        texts("taker", Repetition::OPTIONAL)?,
        market_numbers("market")?,
    ];
    table("trades", columns)
}

/// Writes all columns but the tickers, as [`QuotesWriter`](super::quotes_file::QuotesWriter) does.
pub(crate) struct TradesWriter {
    file: SerializedFileWriter<File>,
    rows: u64,
    ids: Vec<i32>,
}

impl TradesWriter {
    pub(crate) fn create(path: &Path, packing: Packing) -> Parquet<TradesWriter> {
        let columns = without_first(trade_columns()?.as_ref())?;
        let file = SerializedFileWriter::new(File::create_new(path)?, columns, packing.properties()?)?;
        Ok(TradesWriter { file, rows: 0, ids: Vec::new() })
    }

    /// Writes `trades` as one row group.
    pub(crate) fn write(&mut self, trades: &PublicTrades) -> Parquet<()> {
        self.ids.clear();
        self.ids.extend(trades.market.iter().map(|&id| id.cast_signed()));
        let (buys, sells) = (ByteArray::from(BUYS), ByteArray::from(SELLS));
        let taker = |taker: &Taker| match taker {
            Taker::Buys => Some(buys.clone()),
            Taker::Sells => Some(sells.clone()),
            Taker::Unknown => None,
        };
        let mut group = self.file.next_row_group()?;
        write_column::<Int64Type, _>(&mut group, &trades.time)?;
        write_column::<DoubleType, _>(&mut group, &trades.price)?;
        write_column::<DoubleType, _>(&mut group, &trades.quantity)?;
        write_optional_column::<ByteArrayType, _>(&mut group, trades.taker.iter().map(taker))?;
        write_column::<Int32Type, _>(&mut group, &self.ids)?;
        group.close()?;
        self.rows += trades.len() as u64;
        Ok(())
    }

    /// Writes the footer. Returns the number of trades.
    pub(crate) fn finish(self) -> Parquet<u64> {
        let rows = self.rows;
        self.file.close()?;
        Ok(rows)
    }
}

/// Reads one day's file from the start.
pub(super) struct TradesFile {
    file: SerializedFileReader<File>,
    next_group: usize,
    columns: Option<ColumnReaders>,
    ids: Vec<i32>,
    takers: Vec<ByteArray>,
    has_taker: Vec<i16>,
}

struct ColumnReaders {
    left: usize,
    time: ColumnReaderImpl<Int64Type>,
    price: ColumnReaderImpl<DoubleType>,
    quantity: ColumnReaderImpl<DoubleType>,
    taker: ColumnReaderImpl<ByteArrayType>,
    market: ColumnReaderImpl<Int32Type>,
}

impl TradesFile {
    pub(super) fn open(path: &Path) -> Result<TradesFile, TapeError> {
        let file = open_file(path)?;
        let damaged = |error: ParquetError| TapeError::Damaged { path: path.to_owned(), reason: error.to_string() };
        let expected = trade_columns().map_err(damaged)?;
        if let Some(reason) = wrong_columns(file.metadata().file_metadata().schema(), expected.as_ref()) {
            return Err(TapeError::WrongColumns { path: path.to_owned(), reason });
        }
        let (ids, takers, has_taker) = (Vec::new(), Vec::new(), Vec::new());
        Ok(TradesFile { file, next_group: 0, columns: None, ids, takers, has_taker })
    }

    /// Appends up to `max` trades. Returns their number, which is 0 at the end. After an error the columns may differ
    /// in length.
    pub(super) fn read(&mut self, max: usize, out: &mut PublicTrades) -> Parquet<usize> {
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
                read_column(&mut columns.price, rows, &mut out.price)?;
                read_column(&mut columns.quantity, rows, &mut out.quantity)?;
                self.read_takers(rows, &mut out.taker)?;
                return Ok(rows);
            }
            if self.next_group == self.file.num_row_groups() {
                return Ok(0);
            }
            self.columns = Some(self.open_group(self.next_group)?);
            self.next_group += 1;
        }
    }

    fn read_takers(&mut self, rows: usize, out: &mut Vec<Taker>) -> Parquet<()> {
        let Some(columns) = &mut self.columns else { return Ok(()) };
        self.takers.clear();
        self.has_taker.clear();
        let (read, ..) = columns.taker.read_records(rows, Some(&mut self.has_taker), None, &mut self.takers)?;
        whole(read, rows)?;
        let mut takers = self.takers.iter();
        for &has_taker in &self.has_taker {
            let taker = if has_taker == 0 { None } else { takers.next() };
            out.push(match taker.map(ByteArray::data) {
                None => Taker::Unknown,
                Some(text) if text == BUYS.as_bytes() => Taker::Buys,
                Some(text) if text == SELLS.as_bytes() => Taker::Sells,
                Some(text) => {
                    let text = String::from_utf8_lossy(text);
                    return Err(ParquetError::General(format!("a taker is `{text}`: they are `{BUYS}` and `{SELLS}`")));
                }
            });
        }
        Ok(())
    }

    fn open_group(&self, index: usize) -> Parquet<ColumnReaders> {
        let group = self.file.get_row_group(index)?;
        let group = group.as_ref();
        Ok(ColumnReaders {
            left: usize::try_from(group.metadata().num_rows()).unwrap_or(0),
            time: column_reader(group, 1)?,
            price: column_reader(group, 2)?,
            quantity: column_reader(group, 3)?,
            taker: column_reader(group, 4)?,
            market: column_reader(group, 5)?,
        })
    }
}
