//! Writes a tape into a hidden folder beside its final name, which it gets only once it is complete.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::{Market, PublicTrades, Quotes, QuotesView, Span, Timestamp};
use host_system::files::{self, ScratchFolder};
use parquet::data_type::ByteArray;
use parquet::schema::types::TypePtr;
use serde::Serialize;

use super::check::check;
use super::columns::{Packing, Parquet, checksum};
use super::days::{QUOTES_FOLDER, TRADES_FOLDER, day_file_name};
use super::market_table::{MARKETS_TABLE, write_markets};
use super::meta::{DayFile, FORMAT, Listing, MARKETS_FILE, TAPE_FILE};
use super::open::listing_problem;
use super::quotes_file::{QuotesWriter, quote_columns};
use super::rows::extend;
use super::tally::Tally;
use super::tickers::add_tickers;
use super::trades_file::trade_columns;
use super::trades_writer::TradeDays;
use super::{Tape, TapeError, TapeMeta};

/// Folder, within that of the tape, of what is written before the tickers are known.
pub(super) const UNNAMED: &str = "without-tickers";

/// Writes a tape. Dropping it before [`TapeWriter::finish`] leaves nothing behind.
pub struct TapeWriter {
    path: PathBuf,
    folder: ScratchFolder,
    /// Rows of one day that are not on disk yet, fewer than a row group.
    buffer: Quotes,
    /// The day that is being written.
    day: Option<(DayFile, QuotesWriter)>,
    days: Vec<DayFile>,
    trades: TradeDays,
    tally: Tally,
}

impl std::fmt::Debug for TapeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TapeWriter").field("path", &self.path).field("rows", &self.tally.rows).finish_non_exhaustive()
    }
}

impl TapeWriter {
    /// Begins a tape that will be the folder `path`.
    ///
    /// # Errors
    /// [`TapeError::Refused`] if something exists at `path`: the user's files are never replaced. [`TapeError::Io`]
    /// if the parent folder cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<TapeWriter, TapeError> {
        let path = path.as_ref().to_owned();
        refuse_existing(&path)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(TapeError::io("create", &parent))?;
        let folder = files::scratch_folder(&parent, ".tape-being-written-")
            .map_err(TapeError::io("create a folder in", &parent))?;
        let unnamed = folder.path().join(UNNAMED);
        for kind in [QUOTES_FOLDER, TRADES_FOLDER] {
            let folder = unnamed.join(kind);
            fs::create_dir_all(&folder).map_err(TapeError::io("create", &path))?;
        }
        let (trades, tally) = (TradeDays::new(&path, &unnamed), Tally::new());
        Ok(TapeWriter { path, folder, buffer: Quotes::default(), day: None, days: Vec::new(), trades, tally })
    }

    /// Returns the number of rows appended.
    pub fn rows(&self) -> u64 {
        self.tally.rows
    }

    /// Returns a folder for temporary files on the same disk, whose content must be removed before the writer finishes.
    pub(crate) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Appends rows, which must continue in time order. A price of exactly 0 or 1 means an empty side and is stored
    /// as absent.
    ///
    /// # Errors
    /// [`TapeError::Refused`] for a row that breaks the rules of a tape, [`TapeError::Io`] for example on a full
    /// disk. The tape is then lost: drop the writer.
    pub fn append(&mut self, rows: QuotesView<'_>) -> Result<(), TapeError> {
        let mut start = 0;
        while start < rows.len() {
            let day = Timestamp(rows.time[start]).day();
            if self.day.as_ref().is_none_or(|(open, _)| open.day != day) {
                self.begin_day(day)?;
            }
            let next_day = Timestamp::start_of_day(day + 1).0;
            let room = (Packing::Fast.rows_per_group() - self.buffer.len()).min(rows.len() - start);
            let taken = rows.time[start..start + room].iter().take_while(|&&time| time < next_day).count().max(1);
            self.take(rows, start, start + taken)?;
            start += taken;
            if self.buffer.len() == Packing::Fast.rows_per_group() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Appends public trades, which must continue in time order; they and the rows of [`TapeWriter::append`] may come
    /// in any order.
    ///
    /// # Errors
    /// [`TapeError::Refused`] for a trade that breaks the rules of a tape, [`TapeError::Io`] for example on a full
    /// disk. The tape is then lost: drop the writer.
    pub fn append_trades(&mut self, trades: &PublicTrades) -> Result<(), TapeError> {
        self.trades.append(trades)
    }

    /// Checks rows `start..end` and copies them into the buffer.
    fn take(&mut self, rows: QuotesView<'_>, start: usize, end: usize) -> Result<(), TapeError> {
        let before = self.buffer.len();
        extend(&mut self.buffer, rows.slice(start..end));
        if let Some((row, problem)) = check(&mut self.buffer, before, self.tally.last, u32::MAX) {
            let row = self.tally.rows + row as u64;
            return Err(self.refused(format!("row {row}: {problem}")));
        }
        self.tally.note(self.buffer.view(before..self.buffer.len()));
        Ok(())
    }

    fn begin_day(&mut self, day: i64) -> Result<(), TapeError> {
        self.end_day()?;
        let file = format!("{QUOTES_FOLDER}/{}", day_file_name(day, 0));
        let writer = self.written(QuotesWriter::create(&self.unnamed().join(&file), Packing::Fast))?;
        self.day = Some((DayFile { day, file, rows: 0, crc32: None }, writer));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TapeError> {
        if let Some((_, writer)) = &mut self.day
            && !self.buffer.is_empty()
        {
            let written = writer.write(self.buffer.all());
            self.written(written)?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn end_day(&mut self) -> Result<(), TapeError> {
        self.flush()?;
        if let Some((mut day, writer)) = self.day.take() {
            day.rows = self.written(writer.finish())?;
            self.days.push(day);
        }
        Ok(())
    }

    /// Writes the description and gives the tape its name.
    ///
    /// # Errors
    /// [`TapeError::Refused`] if there are no rows, rows of markets that are not listed, an inconsistent listing, or if
    /// something has appeared at the path in the meantime. [`TapeError::Io`] for example on a full disk.
    pub fn finish(mut self, listing: Listing) -> Result<Tape, TapeError> {
        self.end_day()?;
        if self.tally.rows == 0 {
            return Err(self.refused("there is no row to write".into()));
        }
        let problem = listing_problem(&listing.markets, &listing.settlements);
        if let Some(reason) = problem {
            return Err(self.refused(reason));
        }
        let trade_days = self.trades.finish()?;
        let listed = listing.markets.len();
        for (what, end) in [("rows", self.tally.coverage.end()), ("trades", self.trades.end as usize)] {
            if end > listed {
                return Err(
                    self.refused(format!("there are {what} of market {}, but {listed} markets are listed", end - 1))
                );
            }
        }
        let poll = listing.poll.filter(|&poll| poll > Span::ZERO);
        let mut meta = TapeMeta::empty(listing.source);
        (meta.format, meta.poll, meta.inferred_ticks) = (FORMAT, poll, listing.inferred_ticks);
        let days = std::mem::take(&mut self.days);
        let (from, to) = (self.unnamed(), self.folder.path());
        let places = (self.path.as_path(), from.as_path(), to);
        meta.days = name_days(places, days, quote_columns, &listing.markets)?;
        meta.trade_days = name_days(places, trade_days, trade_columns, &listing.markets)?;
        fs::remove_dir_all(self.unnamed()).map_err(TapeError::io("write", &self.path))?;
        let table = self.folder.path().join(MARKETS_TABLE);
        self.written(write_markets(&table, &listing.markets, &listing.settlements))?;
        meta.markets_crc32 = Some(checksum(&table).map_err(TapeError::io("read back", &self.path))?);
        meta.settlements = listing.settlements;
        let meta = self.tally.describe(meta);
        self.write_json(MARKETS_FILE, &listing.markets)?;
        self.write_json(TAPE_FILE, &meta)?;
        refuse_existing(&self.path)?;
        files::rename(self.folder.path(), &self.path).map_err(TapeError::io("create", &self.path))?;
        Tape::open(&self.path)
    }

    fn unnamed(&self) -> PathBuf {
        self.folder.path().join(UNNAMED)
    }

    fn write_json(&self, name: &str, content: &impl Serialize) -> Result<(), TapeError> {
        // The folder has a temporary name, which would mean nothing to anybody.
        let text = serde_json::to_vec_pretty(content).map_err(std::io::Error::from);
        let written = text.and_then(|text| fs::write(self.folder.path().join(name), text));
        written.map_err(TapeError::io("write", &self.path))
    }

    fn refused(&self, reason: String) -> TapeError {
        TapeError::refused(&self.path, reason)
    }

    fn written<T>(&self, result: Parquet<T>) -> Result<T, TapeError> {
        result.map_err(|error| TapeError::unwritten(&self.path, error))
    }
}

/// Makes the files of `days`, which are in the folder `from`, in the folder `to`, with the tickers of their rows;
/// `path` is that of the tape.
pub(super) fn name_days(
    (path, from, to): (&Path, &Path, &Path),
    mut days: Vec<DayFile>,
    columns: fn() -> Parquet<TypePtr>,
    markets: &[Market],
) -> Result<Vec<DayFile>, TapeError> {
    let tickers: Vec<ByteArray> = markets.iter().map(|market| market.ticker.as_str().into()).collect();
    let ticker = |id: u32| tickers.get(id as usize).cloned();
    for day in &mut days {
        let (from, to) = (from.join(&day.file), to.join(&day.file));
        let folder = to.parent().unwrap_or(&to);
        fs::create_dir_all(folder).map_err(TapeError::io("write", path))?;
        let named = columns().and_then(|columns| add_tickers(&from, &to, columns, Packing::Fast, &ticker));
        named.map_err(|error| TapeError::unwritten(path, error))?;
        // So that no more than one day is on the disk twice.
        fs::remove_file(&from).map_err(TapeError::io("write", path))?;
        day.crc32 = Some(checksum(&to).map_err(TapeError::io("read back", path))?);
    }
    Ok(days)
}

fn refuse_existing(path: &Path) -> Result<(), TapeError> {
    if path.exists() {
        return Err(TapeError::refused(
            path,
            "something is there already; choose another name or remove it first".into(),
        ));
    }
    Ok(())
}
