//! The instance that is asked for lines: it sees what the instance that trades sees, on a thread of its own.
//!
//! Lines are asked for between two rows that lie in different intervals of time, so that they do not depend on how rows
//! come in batches.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use host_core::strategy::{Batch, FillView, PositionView};
use host_core::{Decisions, Fault, Market, Quotes, QuotesView, Strategy};
use host_sandbox::SandboxedStrategy;

use super::board::Board;
use super::drawing::Drawing;
use super::series::INTERVAL;

/// Number of batches that the twin may lie behind: then the run waits for it.
const MOST_WAITING: usize = 16;

/// A batch on its way to the twin.
#[derive(Debug)]
pub(super) struct Shown {
    markets: Vec<Market>,
    quotes: Quotes,
    positions: Vec<PositionView>,
    fills: Vec<FillView>,
}

impl Shown {
    pub(super) fn of(batch: &Batch<'_>) -> Shown {
        let mut quotes = Quotes::default();
        quotes.append(batch.quotes);
        let Batch { markets, positions, fills, .. } = *batch;
        Shown { markets: markets.to_vec(), quotes, positions: positions.to_vec(), fills: fills.to_vec() }
    }
}

/// An instance that is asked for lines.
pub(super) struct Twin {
    strategy: SandboxedStrategy,
    decisions: Decisions,
    /// Number of lines.
    lines: usize,
    board: Board,
    /// Markets with rows since the last samples, and those with signals.
    active: MarketList,
    signalled: MarketList,
    /// Time of the last row, in nanoseconds.
    last: i64,
    /// Samples are taken before the first row from this time on.
    until: i64,
}

/// Different markets, in the order in which they came.
#[derive(Debug, Default)]
struct MarketList {
    markets: Vec<u32>,
    /// By market: true if it is in the list.
    holds: Vec<bool>,
}

impl MarketList {
    fn add(&mut self, market: u32) {
        let place = market as usize;
        if place >= self.holds.len() {
            self.holds.resize(place + 1, false);
        }
        if !self.holds[place] {
            self.holds[place] = true;
            self.markets.push(market);
        }
    }

    fn clear(&mut self) {
        for market in self.markets.drain(..) {
            self.holds[market as usize] = false;
        }
    }
}

impl Twin {
    /// Starts a thread that shows `strategy` what is sent to it. It ends once nothing more can be sent, or with the
    /// first fault.
    pub(super) fn spawn(strategy: SandboxedStrategy) -> (SyncSender<Shown>, JoinHandle<Drawing>) {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        (sender, thread::spawn(move || Twin::draw(strategy, &receiver)))
    }

    fn draw(mut strategy: SandboxedStrategy, receiver: &Receiver<Shown>) -> Drawing {
        let names = match strategy.line_names() {
            Ok(names) => names,
            Err(fault) => return Drawing { names: Vec::new(), series: Vec::new(), fault: Some(fault) },
        };
        let mut twin = Twin {
            strategy,
            decisions: Decisions::default(),
            lines: names.len(),
            board: Board::new(names.len()),
            active: MarketList::default(),
            signalled: MarketList::default(),
            last: i64::MIN,
            until: i64::MIN,
        };
        let shown = receiver.iter().try_for_each(|shown| twin.show(&shown));
        let fault = shown.and_then(|()| twin.sample()).err();
        Drawing { names, series: twin.board.finish(), fault }
    }

    /// Shows a batch in pieces, each within one interval.
    fn show(&mut self, shown: &Shown) -> Result<(), Fault> {
        let rows = shown.quotes.all();
        let Shown { markets, positions, fills, .. } = shown;
        let mut news = (markets.as_slice(), positions.as_slice(), fills.as_slice());
        let mut from = 0;
        loop {
            if let Some(&time) = rows.time.get(from).filter(|&&time| time >= self.until) {
                self.sample()?;
                self.until = (time.div_euclid(INTERVAL.0) + 1).saturating_mul(INTERVAL.0);
            }
            let end = from + rows.time[from..].partition_point(|&time| time < self.until);
            let (markets, positions, fills) = std::mem::take(&mut news);
            self.show_rows(&Batch { markets, quotes: rows.slice(from..end), positions, fills })?;
            from = end;
            if from == rows.len() {
                return Ok(());
            }
        }
    }

    fn show_rows(&mut self, batch: &Batch<'_>) -> Result<(), Fault> {
        self.strategy.on_batch(batch, &mut self.decisions)?;
        let rows: QuotesView<'_> = batch.quotes;
        rows.market.iter().for_each(|&market| self.active.add(market));
        let signals = self.decisions.signals.iter();
        signals.for_each(|signal| self.signalled.add(rows.market[signal.row as usize]));
        self.last = rows.time.last().copied().unwrap_or(self.last);
        Ok(())
    }

    /// Asks for the lines of the markets that had rows since they were asked for last.
    fn sample(&mut self) -> Result<(), Fault> {
        let due = self.board.due(&self.active.markets, &self.signalled.markets, self.last);
        self.active.clear();
        self.signalled.clear();
        if due.is_empty() {
            return Ok(());
        }
        let values = self.strategy.line_values(&due, self.lines)?;
        self.board.push(&due, &values, self.last);
        Ok(())
    }
}
