//! Writes the public trades of a tape day by day, before the tickers are known.

use std::path::{Path, PathBuf};

use host_core::{PublicTrades, Timestamp};

use super::check_trades::check_trades;
use super::columns::Packing;
use super::days::{TRADES_FOLDER, day_file_name};
use super::error::TapeError;
use super::meta::DayFile;
use super::trades_file::TradesWriter;

/// The trades of a tape that is being written.
pub(super) struct TradeDays {
    /// The tape.
    path: PathBuf,
    /// The folder that is written to.
    folder: PathBuf,
    /// Trades of one day that are not on disk yet, fewer than a row group.
    buffer: PublicTrades,
    /// The day that is being written.
    day: Option<(DayFile, TradesWriter)>,
    days: Vec<DayFile>,
    rows: u64,
    /// Time of the last trade; `i64::MIN` before the first.
    last: i64,
    /// The number that follows those of all markets with trades.
    pub(super) end: u32,
}

impl TradeDays {
    /// Begins without trades, and writes nothing. `folder` has the folder of trades.
    pub(super) fn new(path: &Path, folder: &Path) -> TradeDays {
        TradeDays {
            path: path.to_owned(),
            folder: folder.to_owned(),
            buffer: PublicTrades::default(),
            day: None,
            days: Vec::new(),
            rows: 0,
            last: i64::MIN,
            end: 0,
        }
    }

    /// Appends trades, which must continue in time order.
    pub(super) fn append(&mut self, trades: &PublicTrades) -> Result<(), TapeError> {
        let PublicTrades { market, time, price, quantity, taker } = trades;
        if [time.len(), price.len(), quantity.len(), taker.len()] != [market.len(); 4] {
            return Err(TapeError::refused(&self.path, "the columns of the trades differ in length".into()));
        }
        if let Some((row, problem)) = check_trades(trades, self.last, u32::MAX) {
            let row = self.rows + row as u64;
            return Err(TapeError::refused(&self.path, format!("trade {row}: {problem}")));
        }
        let mut start = 0;
        while start < time.len() {
            let day = Timestamp(time[start]).day();
            if self.day.as_ref().is_none_or(|(open, _)| open.day != day) {
                self.begin_day(day)?;
            }
            let next_day = Timestamp::start_of_day(day + 1).0;
            let room = Packing::Fast.rows_per_group() - self.buffer.len();
            let end = time.len().min(start + room);
            let end = start + time[start..end].partition_point(|&time| time < next_day);
            let buffer = &mut self.buffer;
            buffer.market.extend_from_slice(&market[start..end]);
            buffer.time.extend_from_slice(&time[start..end]);
            buffer.price.extend_from_slice(&price[start..end]);
            buffer.quantity.extend_from_slice(&quantity[start..end]);
            buffer.taker.extend_from_slice(&taker[start..end]);
            start = end;
            if self.buffer.len() == Packing::Fast.rows_per_group() {
                self.flush()?;
            }
        }
        self.rows += time.len() as u64;
        self.last = time.last().copied().unwrap_or(self.last);
        self.end = market.iter().fold(self.end, |end, &id| end.max(id.saturating_add(1)));
        Ok(())
    }

    /// Writes what is left, and returns the days.
    pub(super) fn finish(&mut self) -> Result<Vec<DayFile>, TapeError> {
        self.end_day()?;
        Ok(std::mem::take(&mut self.days))
    }

    fn begin_day(&mut self, day: i64) -> Result<(), TapeError> {
        self.end_day()?;
        let file = format!("{TRADES_FOLDER}/{}", day_file_name(day, 0));
        let writer = TradesWriter::create(&self.folder.join(&file), Packing::Fast);
        let writer = writer.map_err(|error| TapeError::unwritten(&self.path, error))?;
        self.day = Some((DayFile { day, file, rows: 0, crc32: None }, writer));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TapeError> {
        if let Some((_, writer)) = &mut self.day
            && !self.buffer.is_empty()
        {
            writer.write(&self.buffer).map_err(|error| TapeError::unwritten(&self.path, error))?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn end_day(&mut self) -> Result<(), TapeError> {
        self.flush()?;
        if let Some((mut day, writer)) = self.day.take() {
            day.rows = writer.finish().map_err(|error| TapeError::unwritten(&self.path, error))?;
            self.days.push(day);
        }
        Ok(())
    }
}
