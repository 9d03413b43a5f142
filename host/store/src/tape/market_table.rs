//! The markets and results of a tape as a Parquet file, for other programs: a copy of what the host keeps as JSON.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use host_core::{Market, MarketId, Outcome, Settlement, Timestamp};
use parquet::basic::{Compression, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::TypePtr;

use super::columns::{Parquet, TICKER, column, market_numbers, table, texts, times};
use crate::parquet_columns::{write_column, write_optional_column};

/// Name of the file within a tape.
pub(crate) const MARKETS_TABLE: &str = "markets.parquet";

/// Markets in a row group.
const ROWS_PER_GROUP: usize = 65_536;

/// Returns the columns of the table. `result` is `yes`, `no` or `value`, and `payout` what a YES contract was paid, in
/// dollars; both are absent for a market without a result.
fn market_columns() -> Parquet<TypePtr> {
    let (always, maybe) = (Repetition::REQUIRED, Repetition::OPTIONAL);
    let columns = vec![
        texts(TICKER, always)?,
        texts("title", always)?,
        texts("event", always)?,
        texts("series", always)?,
        texts("category", always)?,
        times("opens", maybe)?,
        times("closes", maybe)?,
        times("event_time", maybe)?,
        texts("result", maybe)?,
        column("payout", Physical::DOUBLE, None, maybe)?,
        times("settled", maybe)?,
        texts("price_steps", always)?,
        market_numbers("market")?,
    ];
    table("markets", columns)
}

/// Writes `markets` with their last results as the new file `path`, and syncs it to disk.
pub(crate) fn write_markets(path: &Path, markets: &[Market], settlements: &[Settlement]) -> Parquet<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(concat!("host ", env!("CARGO_PKG_VERSION")).into());
    let mut file = SerializedFileWriter::new(File::create_new(path)?, market_columns()?, Arc::new(properties.build()))?;
    let mut results: Vec<Option<&Settlement>> = vec![None; markets.len()];
    for settlement in settlements {
        if let Some(result) = results.get_mut(settlement.market.index()) {
            *result = Some(settlement);
        }
    }
    for (markets, results) in markets.chunks(ROWS_PER_GROUP).zip(results.chunks(ROWS_PER_GROUP)) {
        let mut group = file.next_row_group()?;
        write_facts(&mut group, markets)?;
        write_results(&mut group, results)?;
        write_texts(&mut group, markets, |market| market.ticks.to_string())?;
        let ids: Vec<i32> = markets.iter().map(|Market { id: MarketId(id), .. }| id.cast_signed()).collect();
        write_column::<Int32Type, _>(&mut group, &ids)?;
        group.close()?;
    }
    Ok(file.into_inner()?.sync_all()?)
}

/// Writes the columns up to the times.
fn write_facts(group: &mut SerializedRowGroupWriter<'_, File>, markets: &[Market]) -> Parquet<()> {
    write_texts(group, markets, |market| market.ticker.clone())?;
    write_texts(group, markets, |market| market.title.clone())?;
    write_texts(group, markets, |market| market.event.clone())?;
    write_texts(group, markets, |market| market.series.clone())?;
    write_texts(group, markets, |market| market.category.clone())?;
    write_times(group, markets.iter().map(|market| market.opens))?;
    write_times(group, markets.iter().map(|market| market.closes))?;
    write_times(group, markets.iter().map(|market| market.event_time))
}

fn write_results(group: &mut SerializedRowGroupWriter<'_, File>, results: &[Option<&Settlement>]) -> Parquet<()> {
    let name = |settlement: &Settlement| match settlement.outcome {
        Outcome::Yes => "yes",
        Outcome::No => "no",
        Outcome::Value(_) => "value",
    };
    let names = results.iter().map(|result| result.map(|settlement| ByteArray::from(name(settlement))));
    write_optional_column::<ByteArrayType, _>(group, names)?;
    let payouts = results.iter().map(|result| result.map(|settlement| settlement.outcome.payout().dollars()));
    write_optional_column::<DoubleType, _>(group, payouts)?;
    write_times(group, results.iter().map(|result| result.map(|settlement| settlement.time)))
}

fn write_texts(
    group: &mut SerializedRowGroupWriter<'_, File>,
    markets: &[Market],
    text: impl Fn(&Market) -> String,
) -> Parquet<()> {
    let texts: Vec<ByteArray> = markets.iter().map(|market| text(market).as_str().into()).collect();
    write_column::<ByteArrayType, _>(group, &texts)
}

fn write_times(
    group: &mut SerializedRowGroupWriter<'_, File>,
    times: impl Iterator<Item = Option<Timestamp>>,
) -> Parquet<()> {
    write_optional_column::<Int64Type, _>(group, times.map(|time| time.map(|time| time.0)))
}
