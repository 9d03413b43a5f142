//! Moves the trades of a segment into the tape: one file for each UTC day that they are of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use host_core::{MarketId, PublicTrades, Timestamp};
use parquet::data_type::ByteArray;

use super::disk::{Disk, SCRATCH};
use super::error::RecordingError;
use super::head::Head;
use crate::tape::{
    DayFile, Packing, TRADES_FOLDER, TradesWriter, add_tickers, checksum, day_file_name, io_error, trade_columns,
};

/// The files of trades that were written, not listed yet.
#[derive(Default)]
pub(super) struct FinishedTrades {
    pub(super) days: Vec<DayFile>,
    /// Time of the last trade, if there was one.
    pub(super) last: Option<Timestamp>,
}

/// Returns the tickers of markets.
pub(super) type TickersOf<'a> =
    dyn Fn(&BTreeSet<MarketId>) -> Result<BTreeMap<MarketId, ByteArray>, RecordingError> + 'a;

/// The trades of a segment that are being written, in the memory of one row group.
pub(super) struct TradeParts<'a> {
    disk: &'a Disk,
    folder: &'a Path,
    head: &'a Head,
    part: Option<TradePart>,
    written: Vec<TradePart>,
    group: PublicTrades,
    last: Option<Timestamp>,
}

/// The file of one day, without its tickers at first.
struct TradePart {
    day: i64,
    name: String,
    /// Beside the folder of trades: whatever is in there is a whole file.
    unnamed: PathBuf,
    /// `None` once all its trades are written.
    writer: Option<TradesWriter>,
    rows: u64,
    markets: BTreeSet<MarketId>,
}

impl<'a> TradeParts<'a> {
    pub(super) fn new(disk: &'a Disk, folder: &'a Path, head: &'a Head) -> TradeParts<'a> {
        let (part, written, group) = (None, Vec::new(), PublicTrades::none());
        TradeParts { disk, folder, head, part, written, group, last: None }
    }

    /// Adds trades, without those that are in the tape already.
    pub(super) fn add(&mut self, trades: &PublicTrades) -> Result<(), RecordingError> {
        let mut start = self.head.last_trade.map_or(0, |last| trades.time.partition_point(|&time| time <= last.0));
        while start < trades.len() {
            let day = Timestamp(trades.time[start]).day();
            if self.part.as_ref().is_none_or(|part| part.day != day) {
                self.end_part()?;
                self.part = Some(self.begin_part(day)?);
            }
            let next_day = Timestamp::start_of_day(day + 1).0;
            let room = start + Packing::Small.rows_per_group() - self.group.len();
            let end = trades.len().min(room);
            let end = start + trades.time[start..end].partition_point(|&time| time < next_day);
            if let Some(part) = &mut self.part {
                part.markets.extend(trades.market[start..end].iter().map(|id| MarketId(*id)));
            }
            self.group.append_part(trades, start..end);
            self.last = Some(Timestamp(trades.time[end - 1]));
            start = end;
            if self.group.len() == Packing::Small.rows_per_group() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Gives the files their tickers and their names.
    pub(super) fn finish(mut self, tickers: &TickersOf<'_>) -> Result<FinishedTrades, RecordingError> {
        self.end_part()?;
        let mut days = Vec::new();
        for part in std::mem::take(&mut self.written) {
            days.push(self.name(&part, &tickers(&part.markets)?)?);
        }
        Ok(FinishedTrades { days, last: self.last })
    }

    fn begin_part(&self, day: i64) -> Result<TradePart, RecordingError> {
        let before = self.head.trade_days.iter().filter(|file| file.day == day).count();
        let name = day_file_name(day, before);
        let unnamed = self.folder.join(format!("trades-{name}.without-tickers{SCRATCH}"));
        let made = self.disk.remove(&unnamed).and_then(|()| self.disk.step());
        let made = made.and_then(|()| TradesWriter::create(&unnamed, Packing::Small).map_err(io_error));
        let writer = made.map_err(RecordingError::io("write", &unnamed))?;
        Ok(TradePart { day, name, unnamed, writer: Some(writer), rows: 0, markets: BTreeSet::new() })
    }

    fn flush(&mut self) -> Result<(), RecordingError> {
        if let Some(part) = &mut self.part
            && let Some(writer) = &mut part.writer
            && !self.group.is_empty()
        {
            let written = self.disk.step().and_then(|()| writer.write(&self.group).map_err(io_error));
            self.group.clear();
            written.map_err(RecordingError::io("write", &part.unnamed))?;
        }
        Ok(())
    }

    fn end_part(&mut self) -> Result<(), RecordingError> {
        self.flush()?;
        let Some(mut part) = self.part.take() else { return Ok(()) };
        if let Some(writer) = part.writer.take() {
            let ended = self.disk.step().and_then(|()| writer.finish().map_err(io_error));
            part.rows = ended.map_err(RecordingError::io("write", &part.unnamed))?;
        }
        self.written.push(part);
        Ok(())
    }

    fn name(&self, part: &TradePart, tickers: &BTreeMap<MarketId, ByteArray>) -> Result<DayFile, RecordingError> {
        let TradePart { day, name, unnamed, rows, .. } = part;
        let folder = self.folder.join(TRADES_FOLDER);
        let (path, scratch) = (folder.join(name), self.folder.join(format!("trades-{name}{SCRATCH}")));
        let failed = || RecordingError::io("write", &path);
        fs::create_dir_all(&folder).map_err(failed())?;
        let named = self.disk.remove(&scratch).and_then(|()| self.disk.step()).and_then(|()| {
            let ticker = |id: u32| tickers.get(&MarketId(id)).cloned();
            let columns = trade_columns().map_err(io_error)?;
            add_tickers(unnamed, &scratch, columns, Packing::Small, &ticker).map_err(io_error)
        });
        named.map_err(failed())?;
        let crc32 = Some(checksum(&scratch).map_err(failed())?);
        self.disk.rename(&scratch, &path).map_err(failed())?;
        self.disk.sync_folder(&folder).map_err(failed())?;
        self.disk.remove(unnamed).map_err(failed())?;
        Ok(DayFile { day: *day, file: format!("{TRADES_FOLDER}/{name}"), rows: *rows, crc32 })
    }
}
