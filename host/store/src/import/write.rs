//! The second phase of an import: gives the sorted rows to the tape, and looks at what is odd in them.

use host_core::{MarketId, PublicTrades, Quotes, Taker, Timestamp};

use super::error::ImportError;
use super::odd::OddRows;
use super::options::VolumeMeaning;
use super::page::ImportCounts;
use super::rows::{TAKER_BUYS, TAKER_SELLS};
use super::sort::{ImportedRow, Sorter};
use super::volumes::DayVolumes;
use crate::info::TapeStatistics;
use crate::tape::TapeWriter;

const BATCH_ROWS: usize = 8_192;

/// Takes rows in the order of time.
pub(super) struct SortedRows {
    /// `None` if nothing is to be written.
    pub(super) writer: Option<TapeWriter>,
    pub(super) figures: TapeStatistics,
    pub(super) odd: OddRows,
    /// Number of rows of the tape.
    pub(super) rows: u64,
    pub(super) first: Option<Timestamp>,
    /// Time of the last row of each market.
    pub(super) last: Vec<Option<Timestamp>>,
    volume: VolumeMeaning,
    volumes: DayVolumes,
    batch: Quotes,
}

impl SortedRows {
    pub(super) fn new(writer: Option<TapeWriter>, odd: OddRows, volume: VolumeMeaning) -> SortedRows {
        SortedRows {
            writer,
            figures: TapeStatistics::new(None),
            odd,
            rows: 0,
            first: None,
            last: Vec::new(),
            volume,
            volumes: DayVolumes::default(),
            batch: Quotes::default(),
        }
    }

    /// Takes the rows of `sorter`. `numbers` holds each market's number in the tape, by the number that its rows have
    /// so far.
    pub(super) fn take(
        &mut self,
        sorter: Sorter,
        numbers: &[MarketId],
        counts: &mut ImportCounts,
    ) -> Result<(), ImportError> {
        let mut group: Vec<ImportedRow> = Vec::new();
        sorter.finish(&mut |mut row| {
            row.market = numbers[row.market.index()];
            if group.first().is_some_and(|first| first.time != row.time) {
                self.take_group(&mut group, counts)?;
            }
            group.push(row);
            Ok(())
        })?;
        self.take_group(&mut group, counts)?;
        self.flush()
    }

    /// Takes the rows of one time.
    fn take_group(&mut self, group: &mut Vec<ImportedRow>, counts: &mut ImportCounts) -> Result<(), ImportError> {
        in_order(group);
        let mut previous: Option<ImportedRow> = None;
        for row in group.drain(..) {
            if let Some(previous) = previous.filter(|other| other.market == row.market) {
                if row.same(&previous) {
                    counts.duplicate_rows += 1;
                    continue;
                }
                counts.contradicting_rows += 1;
            }
            previous = Some(row);
            self.push(row)?;
        }
        Ok(())
    }

    fn push(&mut self, row: ImportedRow) -> Result<(), ImportError> {
        let [bid, ask, bid_size, ask_size, last, volume] = row.values;
        let volume = self.volumes.of(row.market, row.time, volume, self.volume);
        self.first = self.first.or(Some(row.time));
        if self.last.len() <= row.market.index() {
            self.last.resize(row.market.index() + 1, None);
        }
        self.last[row.market.index()] = Some(row.time);
        self.odd.note(row.market, row.time, bid, ask);
        self.rows += 1;
        self.batch.market.push(row.market.0);
        self.batch.time.push(row.time.0);
        self.batch.bid.push(bid);
        self.batch.ask.push(ask);
        self.batch.bid_size.push(bid_size);
        self.batch.ask_size.push(ask_size);
        self.batch.last.push(last);
        self.batch.volume.push(volume);
        if self.batch.len() == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        self.figures.add(self.batch.all());
        if let Some(writer) = &mut self.writer {
            writer.append(self.batch.all())?;
        }
        self.batch.clear();
        Ok(())
    }
}

/// Sorts rows of one time by market; those of a market stay as they came, or the other way round if their files have
/// the newest row first.
fn in_order(group: &mut [ImportedRow]) {
    if group.len() < 2 {
        return;
    }
    if group.iter().any(|row| row.reversed) {
        group.reverse();
        // Rows of other files keep their order.
        group.sort_by_key(|row| !row.reversed);
        let newest_first = group.iter().take_while(|row| row.reversed).count();
        group[newest_first..].reverse();
    }
    if !group.is_sorted_by_key(|row| row.market) {
        group.sort_by_key(|row| row.market);
    }
}

/// Gives the trades of `sorter` to `take`, in batches in the order of time.
pub(super) fn trades(
    sorter: Sorter,
    numbers: &[MarketId],
    take: &mut dyn FnMut(&PublicTrades) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut batch = PublicTrades::default();
    sorter.finish(&mut |row| {
        let [_, _, quantity, taker, price, _] = row.values;
        batch.market.push(numbers[row.market.index()].0);
        batch.time.push(row.time.0);
        batch.price.push(price);
        batch.quantity.push(quantity);
        batch.taker.push(match taker {
            TAKER_BUYS => Taker::Buys,
            TAKER_SELLS => Taker::Sells,
            _ => Taker::Unknown,
        });
        if batch.len() == BATCH_ROWS {
            take(&batch)?;
            batch.clear();
        }
        Ok(())
    })?;
    if batch.is_empty() { Ok(()) } else { take(&batch) }
}
