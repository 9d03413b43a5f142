//! Makes a tape of quotes and trades that another program hands over market by market, such as a download: sorted in
//! constant memory, with markets numbered as in any import. It must never invent a quote: what the source does not have
//! is not in the tape.

use std::path::Path;

use host_core::{Market, MarketId, Outcome, Price, PublicTrades, Qty, Quotes, Settlement, Span, Taker, Timestamp};
use tempfile::TempDir;

use super::error::ImportError;
use super::options::VolumeMeaning;
use super::rows::{TAKER_BUYS, TAKER_SELLS};
use super::sort::{ImportedRow, Sorter};
use super::volumes::DayVolumes;
use super::write;
use crate::info::{TapeInfo, TapeStatistics, describe};
use crate::tape::{Listing, Tape, TapeError, TapeSource, TapeWriter};

const BATCH_ROWS: usize = 8_192;

/// The state of a market at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastQuote {
    pub time: Timestamp,
    pub bid: Option<Price>,
    pub ask: Option<Price>,
    pub last: Option<Price>,
    /// Contracts traded since the quote before.
    pub volume: Qty,
}

/// A trade of other people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastTrade {
    pub time: Timestamp,
    /// Above 0 and below 1.
    pub price: Price,
    pub qty: Qty,
    pub taker: Taker,
}

/// A market, whose number is given by the tape, and its result with the time of the payout.
#[derive(Clone, Debug, PartialEq)]
pub struct PastMarket {
    pub market: Market,
    pub result: Option<(Timestamp, Outcome)>,
}

/// A tape that is being made. Dropping it leaves nothing behind.
pub struct HistoryTape {
    writer: TapeWriter,
    scratch: TempDir,
    quotes: Sorter,
    trades: Sorter,
    /// Time of each market's first row or trade in the tape, by the market's place in the list.
    first: Vec<Option<Timestamp>>,
    /// The beginning of the tape.
    begin: Timestamp,
}

impl std::fmt::Debug for HistoryTape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HistoryTape").field("writer", &self.writer).finish_non_exhaustive()
    }
}

impl HistoryTape {
    /// Begins a tape that will be the folder `path`, with rows from `begin` on.
    ///
    /// # Errors
    /// As [`TapeWriter::create`].
    pub fn create(path: &Path, begin: Timestamp, markets: usize) -> Result<HistoryTape, ImportError> {
        let writer = TapeWriter::create(path)?;
        let scratch = tempfile::tempdir_in(writer.scratch()).map_err(TapeError::io("create a folder for", path))?;
        let sorter = |name| Sorter::new(scratch.path(), name);
        let (quotes, trades) = (sorter("quotes"), sorter("trades"));
        Ok(HistoryTape { writer, scratch, quotes, trades, first: vec![None; markets], begin })
    }

    /// Takes a quote of the market at `place` in the list of markets. One before the beginning counts for the volume,
    /// and as the state in which the tape begins.
    ///
    /// # Errors
    /// The disk fails.
    pub fn quote(&mut self, place: u32, quote: &PastQuote) -> Result<(), ImportError> {
        let price = |price: Option<Price>| price.map_or(f64::NAN, Price::dollars);
        let values =
            [price(quote.bid), price(quote.ask), f64::NAN, f64::NAN, price(quote.last), quote.volume.as_contracts()];
        self.note(place, quote.time);
        self.quotes.push(ImportedRow { market: MarketId(place), time: quote.time, reversed: false, values })
    }

    /// Takes a trade of the market at `place` in the list of markets.
    ///
    /// # Errors
    /// The disk fails.
    pub fn trade(&mut self, place: u32, trade: &PastTrade) -> Result<(), ImportError> {
        let taker = match trade.taker {
            Taker::Buys => TAKER_BUYS,
            Taker::Sells => TAKER_SELLS,
            Taker::Unknown => 0.0,
        };
        let values = [f64::NAN, f64::NAN, trade.qty.as_contracts(), taker, trade.price.dollars(), f64::NAN];
        self.note(place, trade.time);
        self.trades.push(ImportedRow { market: MarketId(place), time: trade.time, reversed: false, values })
    }

    fn note(&mut self, place: u32, time: Timestamp) {
        if let Some(first) = self.first.get_mut(place as usize) {
            let time = time.max(self.begin);
            *first = Some(first.map_or(time, |first| first.min(time)));
        }
    }

    /// Writes the tape. `markets` are those that quotes and trades were given for; those without any are left out.
    ///
    /// # Errors
    /// [`ImportError::OnlyTrades`] or [`ImportError::NoRows`] without any quote; as [`TapeWriter::finish`].
    pub fn finish(
        self,
        markets: &[PastMarket],
        period: Span,
        source: TapeSource,
    ) -> Result<(Tape, TapeInfo), ImportError> {
        let HistoryTape { writer, scratch, quotes, trades, first, begin } = self;
        let (numbers, order) = numbered(markets, &first);
        let closes = order.iter().map(|&place| markets[place].market.closes).collect();
        let mut rows = RowsOfTape::new(writer, begin, closes, period);
        quotes.finish(&mut |row| rows.take(ImportedRow { market: numbers[row.market.index()], ..row }))?;
        rows.finish()?;
        let (mut writer, figures) = (rows.writer, rows.figures);
        let mut has_trades = false;
        write::trades(trades, &numbers, &mut |trades: &PublicTrades| {
            has_trades = true;
            Ok(writer.append_trades(trades)?)
        })?;
        drop(scratch);
        if writer.rows() == 0 {
            return Err(if has_trades { ImportError::OnlyTrades } else { ImportError::NoRows { bad: None } });
        }
        let tape = writer.finish(listing(markets, &order, source))?;
        Ok((tape.clone(), describe(&tape, &figures)))
    }
}

/// Returns each market's number by its place in the list, and the places in the order of the numbers: by the time of
/// the first row, then by ticker.
fn numbered(markets: &[PastMarket], first: &[Option<Timestamp>]) -> (Vec<MarketId>, Vec<usize>) {
    let mut order: Vec<(Timestamp, usize)> =
        first.iter().enumerate().filter_map(|(place, first)| Some(((*first)?, place))).collect();
    order.sort_by_key(|&(first, place)| (first, &markets[place].market.ticker));
    let mut numbers = vec![MarketId::default(); markets.len()];
    for (&(_, place), number) in order.iter().zip(0..) {
        numbers[place] = MarketId(number);
    }
    (numbers, order.into_iter().map(|(_, place)| place).collect())
}

fn listing(markets: &[PastMarket], order: &[usize], source: TapeSource) -> Listing {
    let numbered = || order.iter().zip(0..).map(|(&place, number)| (&markets[place], MarketId(number)));
    let settlement = |(past, market): (&PastMarket, MarketId)| {
        past.result.map(|(time, outcome)| Settlement { market, time, outcome })
    };
    let mut settlements: Vec<Settlement> = numbered().filter_map(settlement).collect();
    settlements.sort_by_key(|settlement| (settlement.time, settlement.market));
    let markets = numbered().map(|(past, id)| Market { id, ..past.market.clone() }).collect();
    Listing { markets, settlements, source, poll: None, inferred_ticks: 0 }
}

/// Takes rows in the order of time.
struct RowsOfTape {
    writer: TapeWriter,
    figures: TapeStatistics,
    volumes: DayVolumes,
    begin: Timestamp,
    /// The latest row of each market until the beginning, by its number; none once the tape has begun.
    held: Vec<Option<ImportedRow>>,
    has_begun: bool,
    closes: Vec<Option<Timestamp>>,
    batch: Quotes,
}

impl RowsOfTape {
    fn new(writer: TapeWriter, begin: Timestamp, closes: Vec<Option<Timestamp>>, period: Span) -> RowsOfTape {
        RowsOfTape {
            writer,
            // A silence of all markets is told from an hour on, and never within a period.
            figures: TapeStatistics::new(Some(period).filter(|period| *period > Span::minutes(20))),
            volumes: DayVolumes::default(),
            begin,
            held: vec![None; closes.len()],
            has_begun: false,
            closes,
            batch: Quotes::default(),
        }
    }

    fn take(&mut self, mut row: ImportedRow) -> Result<(), ImportError> {
        row.values[5] = self.volumes.of(row.market, row.time, row.values[5], VolumeMeaning::Row);
        if row.time <= self.begin {
            self.held[row.market.index()] = Some(row);
            return Ok(());
        }
        self.start()?;
        self.push(&row)
    }

    /// Writes the state in which the tape begins: the latest row of each market that is open then.
    fn start(&mut self) -> Result<(), ImportError> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        for row in std::mem::take(&mut self.held).into_iter().flatten() {
            let is_open = self.closes[row.market.index()].is_none_or(|closes| closes >= self.begin);
            if is_open {
                let mut row = ImportedRow { time: self.begin, ..row };
                row.values[5] = self.volumes.of(row.market, row.time, 0.0, VolumeMeaning::Row);
                self.push(&row)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, row: &ImportedRow) -> Result<(), ImportError> {
        let [bid, ask, bid_size, ask_size, last, volume] = row.values;
        let batch = &mut self.batch;
        batch.market.push(row.market.0);
        batch.time.push(row.time.0);
        batch.bid.push(bid);
        batch.ask.push(ask);
        batch.bid_size.push(bid_size);
        batch.ask_size.push(ask_size);
        batch.last.push(last);
        batch.volume.push(volume);
        if self.batch.len() >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        self.figures.add(self.batch.all());
        self.writer.append(self.batch.all())?;
        self.batch.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ImportError> {
        self.start()?;
        self.flush()
    }
}
