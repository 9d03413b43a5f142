//! Moves the rows of a segment into the tape: Parquet file, a line of `additions.jsonl`, `open.json`, removal of the
//! segment, in this order. What it costs does not grow with the recording.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use host_core::{MarketId, Quotes, QuotesView, Settlement, Timestamp};
use parquet::data_type::ByteArray;

use super::catalogue::Catalogue;
use super::disk::{Disk, SCRATCH};
use super::error::RecordingError;
use super::finish_trades::{FinishedTrades, TradeParts};
use super::head::Head;
use super::segment::{Frame, SegmentReader};
use crate::tape::{
    Addition, DayFile, Packing, QUOTES_FOLDER, QuotesWriter, Tally, Tape, TapeMeta, add_tickers, checksum,
    day_file_name, extend, io_error, quote_columns,
};

/// Writes the rows of `segment` that are not in the tape yet as a new file of it, and adds that and all else in the
/// segment to its lines; then removes the segment. All segments with earlier rows must be in the tape already. It needs
/// nothing but the files, and after a kill or an error it may be repeated. Returns the finished days.
pub(super) fn finish(disk: &Disk, folder: &Path, segment: &Path) -> Result<Head, RecordingError> {
    let mut head = Head::load(folder)?.head;
    if let Some(mut reader) = SegmentReader::open(segment)? {
        reader.markets = head.catalogue.next() as usize;
        let mut found = Found::after(&head);
        let (day, trades) = write_day(disk, folder, &head, reader, &mut found)?;
        if let Some(addition) = found.addition(&head, day, trades) {
            head.add(disk, folder, &addition)?;
        }
    }
    disk.remove(segment).map_err(RecordingError::io("remove", segment))?;
    Ok(head)
}

/// All that a segment has.
struct Found {
    /// The catalogue with what was found.
    catalogue: Catalogue,
    /// New rows.
    tally: Tally,
    markets: BTreeSet<MarketId>,
    settlements: BTreeMap<MarketId, Settlement>,
}

impl Found {
    /// Returns nothing yet, behind the finished days.
    fn after(head: &Head) -> Found {
        let (markets, settlements) = (BTreeSet::new(), BTreeMap::new());
        Found { catalogue: head.catalogue.clone(), tally: Tally::new(), markets, settlements }
    }

    fn note(&mut self, frame: &Frame, rows: QuotesView<'_>) {
        self.catalogue.replay(frame, rows);
        match frame {
            Frame::Poll if rows.is_empty() => {}
            Frame::Poll => self.tally.note(rows),
            Frame::Markets(markets) => self.markets.extend(markets.iter().map(|market| market.id)),
            Frame::Settled(settlement) => {
                self.settlements.insert(settlement.market, *settlement);
            }
            Frame::Trades(_) => {}
        }
    }

    /// Returns what is not in the finished days yet; `None` if all of it is.
    fn addition(self, head: &Head, day: Option<DayFile>, trades: FinishedTrades) -> Option<Addition> {
        let Found { catalogue, tally, markets, settlements } = self;
        let is_new = |id: &MarketId| head.catalogue.market(*id) != catalogue.market(*id);
        let markets = markets.into_iter().filter(is_new);
        let markets: Vec<_> = markets.filter_map(|id| catalogue.market(id).cloned()).collect();
        let is_news = |settlement: &Settlement| head.catalogue.is_news(settlement).unwrap_or(true);
        let mut settlements: Vec<_> = settlements.into_values().filter(is_news).collect();
        settlements.sort_by_key(|settlement| settlement.time);
        let FinishedTrades { days: trade_days, last: last_trade } = trades;
        if day.is_none() && trade_days.is_empty() && markets.is_empty() && settlements.is_empty() {
            return None;
        }
        let Addition { tape, .. } = Addition::empty(head.source.clone());
        let days = day.into_iter().collect();
        let tape = tally.describe(TapeMeta { poll: head.poll, days, trade_days, settlements, ..tape });
        Some(Addition { tape, markets, last_trade })
    }
}

/// Writes the new rows of `segment` as a file of the tape, and its new trades as files of theirs, and notes everything
/// in it in `found`. Returns no file of rows if it has no new ones.
fn write_day(
    disk: &Disk,
    folder: &Path,
    head: &Head,
    segment: SegmentReader,
    found: &mut Found,
) -> Result<(Option<DayFile>, FinishedTrades), RecordingError> {
    let mut rows = DayRows { disk, folder, days: &head.days, file: None, group: Quotes::default() };
    let mut trades = TradeParts::new(disk, folder, head);
    rows.copy(segment, found, &mut trades)?;
    let trades = trades.finish(&|ids| tickers_of(folder, found, ids))?;
    let Some(DayOnDisk { name, path, unnamed, writer }) = rows.file else { return Ok((None, trades)) };
    let failed = || RecordingError::io("write", &path);
    disk.step().map_err(failed())?;
    let rows = writer.finish().map_err(io_error).map_err(failed())?;
    let scratch = folder.join(format!("{name}{SCRATCH}"));
    let tickers = tickers(folder, found)?;
    let named = disk.remove(&scratch).and_then(|()| disk.step()).and_then(|()| {
        let ticker = |id: u32| tickers.get(&MarketId(id)).cloned();
        let columns = quote_columns().map_err(io_error)?;
        add_tickers(&unnamed, &scratch, columns, Packing::Small, &ticker).map_err(io_error)
    });
    named.map_err(failed())?;
    let crc32 = Some(checksum(&scratch).map_err(failed())?);
    disk.rename(&scratch, &path).map_err(failed())?;
    disk.sync_folder(&folder.join(QUOTES_FOLDER)).map_err(failed())?;
    disk.remove(&unnamed).map_err(failed())?;
    let file = format!("{QUOTES_FOLDER}/{name}");
    Ok((Some(DayFile { day: Timestamp(found.catalogue.last()).day(), file, rows, crc32 }), trades))
}

/// Returns the tickers of the markets with new rows.
fn tickers(folder: &Path, found: &Found) -> Result<BTreeMap<MarketId, ByteArray>, RecordingError> {
    let lives = found.tally.coverage.by_market();
    tickers_of(folder, found, &lives.iter().map(|life| life.market).collect())
}

/// Returns the tickers of the markets `ids`.
fn tickers_of(
    folder: &Path,
    found: &Found,
    ids: &BTreeSet<MarketId>,
) -> Result<BTreeMap<MarketId, ByteArray>, RecordingError> {
    let of = |id: MarketId| found.catalogue.market(id).map(|market| ByteArray::from(market.ticker.as_str()));
    let mut tickers: BTreeMap<_, _> = ids.iter().filter_map(|id| Some((*id, of(*id)?))).collect();
    if tickers.len() < ids.len() {
        // Of a market that was over before it had more rows: only all that was ever listed tells its ticker.
        for market in Tape::open(folder)?.markets() {
            tickers.entry(market.id).or_insert_with(|| market.ticker.as_str().into());
        }
    }
    Ok(tickers)
}

/// A day's file that is being written, in the memory of one row group.
struct DayRows<'a> {
    disk: &'a Disk,
    folder: &'a Path,
    /// Files that there are of this day, and of others.
    days: &'a [DayFile],
    /// `None` before the first row.
    file: Option<DayOnDisk>,
    group: Quotes,
}

struct DayOnDisk {
    /// Name within the folder of quotes.
    name: String,
    path: PathBuf,
    /// The rows without their tickers, beside that folder: whatever is in there is a whole file.
    unnamed: PathBuf,
    writer: QuotesWriter,
}

impl DayRows<'_> {
    fn copy(
        &mut self,
        mut segment: SegmentReader,
        found: &mut Found,
        trades: &mut TradeParts<'_>,
    ) -> Result<(), RecordingError> {
        let mut poll = Quotes::default();
        while let Some(frame) = segment.next(found.catalogue.last(), &mut poll)? {
            found.note(&frame, poll.all());
            if let Frame::Trades(some) = &frame {
                trades.add(some)?;
            }
            let mut start = 0;
            while start < poll.len() {
                let end = poll.len().min(start + Packing::Small.rows_per_group() - self.group.len());
                extend(&mut self.group, poll.view(start..end));
                start = end;
                if self.group.len() == Packing::Small.rows_per_group() {
                    self.flush()?;
                }
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), RecordingError> {
        let Some(&time) = self.group.time.first() else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(DayOnDisk::create(self.disk, self.folder, self.days, Timestamp(time).day())?),
        };
        let failed = RecordingError::io("write", &file.path);
        let written = self.disk.step().and_then(|()| file.writer.write(self.group.all()).map_err(io_error));
        self.group.clear();
        written.map_err(failed)
    }
}

impl DayOnDisk {
    fn create(disk: &Disk, folder: &Path, days: &[DayFile], day: i64) -> Result<DayOnDisk, RecordingError> {
        let part = days.iter().filter(|file| file.day == day).count();
        let name = day_file_name(day, part);
        let path = folder.join(QUOTES_FOLDER).join(&name);
        let unnamed = folder.join(format!("{name}.without-tickers{SCRATCH}"));
        let made = disk.remove(&unnamed).and_then(|()| disk.step());
        let made = made.and_then(|()| QuotesWriter::create(&unnamed, Packing::Small).map_err(io_error));
        let writer = made.map_err(RecordingError::io("write", &path))?;
        Ok(DayOnDisk { name, path, unnamed, writer })
    }
}
