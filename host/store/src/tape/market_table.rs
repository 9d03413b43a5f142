//! The markets and results of a tape as a Parquet file, for other programs: a copy of what the host keeps as JSON.
//!
//! Markets are in the order of their numbers, a fixed number to a row group, so that a recording brings the table up to
//! date by writing those groups anew that have changed, and copying the others as they are.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use host_core::{Market, MarketId, Outcome, Settlement, Timestamp};
use parquet::basic::{Compression, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::RowGroupReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::TypePtr;

use super::columns::{Parquet, TICKER, column, market_numbers, table, texts, times};
use super::tickers::copy_columns;
use crate::parquet_columns::{read_column, read_optional_column, write_column, write_optional_column};

/// Name of the file within a tape.
pub(crate) const MARKETS_TABLE: &str = "markets.parquet";

/// Markets in a row group.
pub(crate) const MARKETS_PER_GROUP: usize = 4_096;

type Group<'a> = SerializedRowGroupWriter<'a, File>;

/// A row of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableRow {
    /// Ticker, title, event, series, category and price steps.
    texts: [ByteArray; 6],
    /// Times at which it opens, closes, and its event happens.
    times: [Option<i64>; 3],
    /// `yes`, `no` or `value`; absent for a market without a result, as the payout and its time.
    result: Option<ByteArray>,
    /// Payout of a YES contract, in dollars.
    payout: Option<f64>,
    settled: Option<i64>,
    market: u32,
}

impl TableRow {
    /// Sets all that `market` says, and keeps the result.
    pub(crate) fn describe(&mut self, market: &Market) {
        let Market { id, ticker, event, series, category, title, ticks, opens, closes, event_time } = market;
        let text = |text: &str| ByteArray::from(text);
        self.texts = [text(ticker), text(title), text(event), text(series), text(category), text(&ticks.to_string())];
        self.times = [opens, closes, event_time].map(|time| time.map(|time: Timestamp| time.0));
        self.market = id.0;
    }

    /// Sets the result.
    pub(crate) fn settle(&mut self, settlement: &Settlement) {
        let name = match settlement.outcome {
            Outcome::Yes => "yes",
            Outcome::No => "no",
            Outcome::Value(_) => "value",
        };
        self.result = Some(name.into());
        self.payout = Some(settlement.outcome.payout().dollars());
        self.settled = Some(settlement.time.0);
    }
}

fn market_columns() -> Parquet<TypePtr> {
    let (always, maybe) = (Repetition::REQUIRED, Repetition::OPTIONAL);
    let columns = vec![
        texts(TICKER, always)?,
        texts("title", always)?,
        texts("event", always)?,
        texts("series", always)?,
        texts("category", always)?,
        texts("price_steps", always)?,
        times("opens", maybe)?,
        times("closes", maybe)?,
        times("event_time", maybe)?,
        texts("result", maybe)?,
        column("payout", Physical::DOUBLE, None, maybe)?,
        times("settled", maybe)?,
        market_numbers("market")?,
    ];
    table("markets", columns)
}

/// Writes the table of `markets` with their last results as the new file `path`, synced to disk.
pub(super) fn write_markets(path: &Path, markets: &[Market], settlements: &[Settlement]) -> Parquet<()> {
    let mut rows = vec![TableRow::default(); markets.len()];
    for (row, market) in rows.iter_mut().zip(markets) {
        row.describe(market);
    }
    for settlement in settlements {
        let MarketId(id) = settlement.market;
        if let Some(row) = rows.get_mut(id as usize) {
            row.settle(settlement);
        }
    }
    let mut file = MarketsWriter::create(path)?;
    for rows in rows.chunks(MARKETS_PER_GROUP) {
        file.write(rows)?;
    }
    file.finish(None)
}

/// Writes a table.
pub(crate) struct MarketsWriter {
    file: SerializedFileWriter<File>,
}

impl MarketsWriter {
    pub(crate) fn create(path: &Path) -> Parquet<MarketsWriter> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_offset_index_disabled(true)
            .set_created_by(concat!("host ", env!("CARGO_PKG_VERSION")).into());
        let properties = Arc::new(properties.build());
        Ok(MarketsWriter { file: SerializedFileWriter::new(File::create_new(path)?, market_columns()?, properties)? })
    }

    /// Writes up to [`MARKETS_PER_GROUP`] rows as a row group.
    pub(crate) fn write(&mut self, rows: &[TableRow]) -> Parquet<()> {
        let mut group = self.file.next_row_group()?;
        for place in 0..6 {
            let column: Vec<ByteArray> = rows.iter().map(|row| row.texts[place].clone()).collect();
            write_column::<ByteArrayType, _>(&mut group, &column)?;
        }
        for place in 0..3 {
            write_times(&mut group, rows.iter().map(|row| row.times[place]))?;
        }
        write_optional_column::<ByteArrayType, _>(&mut group, rows.iter().map(|row| row.result.clone()))?;
        write_optional_column::<DoubleType, _>(&mut group, rows.iter().map(|row| row.payout))?;
        write_times(&mut group, rows.iter().map(|row| row.settled))?;
        let ids: Vec<i32> = rows.iter().map(|row| row.market.cast_signed()).collect();
        write_column::<Int32Type, _>(&mut group, &ids)?;
        group.close().map(drop)
    }

    /// Copies a row group of another table, the file `source`.
    pub(crate) fn copy(&mut self, source: &File, group: &dyn RowGroupReader) -> Parquet<()> {
        let mut copied = self.file.next_row_group()?;
        copy_columns(source, group, &mut copied)?;
        copied.close().map(drop)
    }

    /// Writes the footer, with a note for the reader of the table, and syncs the file to disk.
    pub(crate) fn finish(mut self, note: Option<(&str, String)>) -> Parquet<()> {
        if let Some((key, value)) = note {
            self.file.append_key_value_metadata(KeyValue { key: key.to_owned(), value: Some(value) });
        }
        Ok(self.file.into_inner()?.sync_all()?)
    }
}

/// Reads the rows of a group that a [`MarketsWriter`] has written.
pub(crate) fn read_markets(group: &dyn RowGroupReader) -> Parquet<Vec<TableRow>> {
    let ids = read_column::<Int32Type>(group, 12)?;
    let mut rows = vec![TableRow::default(); ids.len()];
    for (row, id) in rows.iter_mut().zip(ids) {
        row.market = id.cast_unsigned();
    }
    for place in 0..6 {
        for (row, text) in rows.iter_mut().zip(read_column::<ByteArrayType>(group, place)?) {
            row.texts[place] = text;
        }
    }
    for place in 0..3 {
        for (row, time) in rows.iter_mut().zip(read_optional_column::<Int64Type>(group, 6 + place)?) {
            row.times[place] = time;
        }
    }
    let results = read_optional_column::<ByteArrayType>(group, 9)?;
    let payouts = read_optional_column::<DoubleType>(group, 10)?;
    let settled = read_optional_column::<Int64Type>(group, 11)?;
    for (row, ((result, payout), settled)) in rows.iter_mut().zip(results.into_iter().zip(payouts).zip(settled)) {
        (row.result, row.payout, row.settled) = (result, payout, settled);
    }
    Ok(rows)
}

fn write_times(group: &mut Group<'_>, times: impl Iterator<Item = Option<i64>>) -> Parquet<()> {
    write_optional_column::<Int64Type, _>(group, times)
}
