//! The ledgers of a run: its trades, orders, fills and days, each as CSV and as Parquet. One row is one thing, columns
//! have plain names, times are ISO 8601 in CSV and UTC timestamps in Parquet, so that pandas, Polars, DuckDB and a
//! spreadsheet read them as they are. Prices and money are dollars; sizes are contracts.
//!
//! Rows are written as the records come, in memory that grows with open orders alone. A ledger that is not finished
//! has `.part` at the end of its names: it may lack rows.

mod cell;
mod lots;
mod rows;
mod table;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use host_core::{Record, Usd};

use self::lots::Lots;
use self::rows::{Days, Names, Orders, fill_row, trade_row};
use self::table::{Table, TableWriter};
use crate::journal::{Journal, JournalError};

pub use self::rows::LedgerNames;

/// A ledger cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the ledgers in {}: {source}", .folder.display())]
pub struct LedgerError {
    folder: PathBuf,
    source: io::Error,
}

/// Writes the ledgers of a run.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    names: Names,
    trades: TableWriter,
    orders: TableWriter,
    fills: TableWriter,
    daily: TableWriter,
    open: Orders,
    days: Days,
}

/// Writes the ledgers of `journal` into `folder`, in place of those that are there.
///
/// # Errors
/// The journal cannot be read, or the folder not be written to.
pub fn export(journal: &Journal, folder: &Path) -> Result<(), ExportError> {
    let run = journal.run_info()?;
    let slots = run.strategies.into_iter().map(|strategy| (strategy.slot, strategy.name)).collect();
    let mut ledger = Ledger::create(folder, LedgerNames { markets: run.markets, slots }, None)?;
    for record in journal.records_of(&["placed", "filled", "done", "trade", "day_close"]) {
        ledger.take(&record?)?;
    }
    Ok(ledger.finish()?)
}

/// The sums of the lots that were closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LotTotals {
    pub lots: u64,
    /// Proceeds less cost and fees.
    pub gain: Usd,
}

/// Writes the closed lots of `journal` into `folder`, as `lots.csv` and `lots.parquet`, in the order in which they were
/// closed: what was held longest goes first.
///
/// # Errors
/// As [`export`].
pub fn export_lots(journal: &Journal, folder: &Path) -> Result<LotTotals, ExportError> {
    let failed = |source| LedgerError { folder: folder.to_owned(), source };
    let names = Names::new(LedgerNames { markets: journal.run_info()?.markets, slots: BTreeMap::new() });
    let (mut lots, mut totals) = (Lots::default(), LotTotals::default());
    let mut table = TableWriter::create(folder, &lots::LOTS).map_err(failed)?;
    for record in journal.records_of(&["filled", "settled"]) {
        for closed in lots.take(&record?) {
            totals = LotTotals { lots: totals.lots + 1, gain: totals.gain + closed.gain() };
            table.push(closed.row(&names)).map_err(failed)?;
        }
    }
    table.finish().map_err(failed)?;
    Ok(totals)
}

/// Ledgers cannot be made of a journal.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Ledger {
    /// Begins the ledgers in `folder`. `start` is the equity at the start, if it is known.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn create(folder: &Path, names: LedgerNames, start: Option<Usd>) -> Result<Ledger, LedgerError> {
        let begin = |table: &'static Table| {
            TableWriter::create(folder, table).map_err(|source| LedgerError { folder: folder.to_owned(), source })
        };
        Ok(Ledger {
            folder: folder.to_owned(),
            names: Names::new(names),
            trades: begin(&rows::TRADES)?,
            orders: begin(&rows::ORDERS)?,
            fills: begin(&rows::FILLS)?,
            daily: begin(&rows::DAILY)?,
            open: Orders::default(),
            days: Days::new(start),
        })
    }

    /// Takes the next record. Records come in their order.
    ///
    /// # Errors
    /// The disk is full.
    pub fn take(&mut self, record: &Record) -> Result<(), LedgerError> {
        self.days.take(record);
        let taken = match record {
            Record::Placed { order, .. } => {
                self.open.placed(order);
                Ok(())
            }
            Record::Filled { slot, market, side, fill, arrival_mid_doubled, position } => {
                self.open.filled(fill);
                let row = fill_row(&self.names, (*slot, *market), *side, fill, *arrival_mid_doubled, *position);
                self.fills.push(row)
            }
            Record::Done { order, time, state, reason, .. } => match self.open.done(*order) {
                Some(ended) => self.orders.push(ended.row(&self.names, *state, Some(*time), reason)),
                None => Ok(()),
            },
            Record::Trade(trade) => self.trades.push(trade_row(&self.names, trade)),
            Record::DayClose(close) => self.daily.push(self.days.row(close)),
            _ => Ok(()),
        };
        taken.map_err(|source| self.error(source))
    }

    /// Completes the ledgers and gives them their names; orders that are still open come last.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<(), LedgerError> {
        let folder = self.folder.clone();
        let finish = || -> io::Result<()> {
            for open in self.open.rest() {
                self.orders.push(open.still_open(&self.names))?;
            }
            for table in [self.trades, self.orders, self.fills, self.daily] {
                table.finish()?;
            }
            Ok(())
        };
        finish().map_err(|source| LedgerError { folder, source })
    }

    fn error(&self, source: io::Error) -> LedgerError {
        LedgerError { folder: self.folder.clone(), source }
    }
}

#[cfg(test)]
mod tests;
