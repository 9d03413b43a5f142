//! The second instance of a strategy: it decides the rows of a run on a thread of its own, poll by poll, and compares.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use host_core::strategy::{Batch, SavedState};
use host_core::{Decisions, Fault, Market, MarketId, Quotes, Strategy, Timestamp};
use host_sandbox::{Decided, SandboxedStrategy};

use super::cuts::Cuts;
use super::looked_ahead::LookedAhead;
use super::seed::ProofSeed;
use crate::error::{Result, SessionError};

/// Number of batches that the second instance may lie behind: then the run waits for it.
const MOST_WAITING: usize = 4;
/// Stack of its thread, in bytes, beside that of the strategy.
const STACK_BYTES: usize = 2 << 20;

/// A batch, and what the instance that trades decided on it.
#[derive(Debug, Default)]
struct Shown {
    markets: Vec<Market>,
    quotes: Quotes,
    decisions: Decisions,
}

impl Shown {
    /// Takes the content of a batch, in the memory of a former one.
    fn fill(&mut self, batch: &Batch<'_>, decisions: &Decisions) {
        self.markets.clear();
        self.markets.extend_from_slice(batch.markets);
        self.quotes.clear();
        self.quotes.append(batch.quotes);
        self.decisions.clone_from(decisions);
    }
}

/// News for a second instance.
enum ProofNews {
    Shown(Box<Shown>),
    /// Rows that were compared before, shown to the instance that took the place of one that failed.
    ShownAgain(Box<Shown>),
    /// The instance that trades has failed at a poll, so that this one must fail at it too.
    Failed(Box<Shown>, Fault),
    /// The instance that trades has failed at rows that it was shown ahead. Unless they are decided after all, this one
    /// must fail at one of them.
    FailedAhead(Box<Shown>, Fault),
    Restored(SavedState),
    /// A fresh instance takes the place of the one that failed.
    Afresh,
    End,
}

/// The way to a second instance.
#[derive(Clone, Debug)]
pub(super) struct WayToSecond {
    news: SyncSender<ProofNews>,
    /// Batches that it has compared: their memory is used again.
    spare: Arc<Mutex<Receiver<Box<Shown>>>>,
}

impl WayToSecond {
    /// Sends a batch and its decisions; waits while too many lie there. Returns false if no more are taken.
    pub(super) fn send(&self, batch: &Batch<'_>, decisions: &Decisions) -> bool {
        self.news.send(ProofNews::Shown(self.shown(batch, decisions))).is_ok()
    }

    /// Sends a batch that was sent before, for an instance that was made again. Returns false if no more are taken.
    pub(super) fn show_again(&self, batch: &Batch<'_>) -> bool {
        self.news.send(ProofNews::ShownAgain(self.shown(batch, &Decisions::default()))).is_ok()
    }

    /// Sends a batch at which the instance that trades failed; `is_ahead` for one of several polls. Returns false if no
    /// more are taken.
    pub(super) fn fail(&self, batch: &Batch<'_>, fault: &Fault, is_ahead: bool) -> bool {
        let shown = self.shown(batch, &Decisions::default());
        let news = if is_ahead { ProofNews::FailedAhead } else { ProofNews::Failed };
        self.news.send(news(shown, fault.clone())).is_ok()
    }

    fn shown(&self, batch: &Batch<'_>, decisions: &Decisions) -> Box<Shown> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).try_recv();
        let mut shown = spare.unwrap_or_default();
        shown.fill(batch, decisions);
        shown
    }

    /// Lets a fresh instance take the place of the one that failed.
    pub(super) fn begin_afresh(&self) {
        // One that has found a difference takes no more.
        let _ = self.news.send(ProofNews::Afresh);
    }

    /// Sends the state that both go on from. Returns false if no more is taken.
    pub(super) fn restore(&self, saved: &SavedState) -> bool {
        self.news.send(ProofNews::Restored(saved.clone())).is_ok()
    }
}

/// The thread of a second instance.
#[derive(Debug)]
pub(super) struct SecondInstance {
    news: SyncSender<ProofNews>,
    thread: JoinHandle<std::result::Result<u64, Box<LookedAhead>>>,
}

impl SecondInstance {
    /// Starts a thread in which `strategy`, with a stack of `stack` bytes, decides what is sent to it. It ends at the
    /// first difference.
    ///
    /// # Errors
    /// The system starts no thread.
    pub(super) fn spawn(
        slot: &str,
        strategy: SandboxedStrategy,
        stack: usize,
        seed: ProofSeed,
    ) -> Result<(SecondInstance, WayToSecond)> {
        let (news, told) = sync_channel(MOST_WAITING);
        let (used, spare) = channel();
        let second = SecondThread {
            slot: slot.to_owned(),
            strategy: Box::new(strategy),
            decisions: Decisions::default(),
            tickers: BTreeMap::new(),
            seed,
            cuts: Cuts::new(seed),
            compared: 0,
            failed_ahead: None,
        };
        let thread = Builder::new().name("proof".to_owned()).stack_size(stack.saturating_add(STACK_BYTES));
        let thread = thread.spawn(move || second.run(&told, &used)).map_err(SessionError::NoThread)?;
        Ok((SecondInstance { news: news.clone(), thread }, WayToSecond { news, spare: Arc::new(Mutex::new(spare)) }))
    }

    /// Returns true if it has ended by itself: at a difference.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until all that was sent is compared. Returns the number of decisions that are the same: all of them.
    ///
    /// # Errors
    /// The first difference.
    pub(super) fn join(self) -> std::result::Result<u64, Box<LookedAhead>> {
        // One that has ended takes no more.
        let _ = self.news.send(ProofNews::End);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Everything that the thread works with.
struct SecondThread {
    slot: String,
    strategy: Box<dyn Strategy>,
    decisions: Decisions,
    /// Of the markets that have been listed.
    tickers: BTreeMap<MarketId, String>,
    seed: ProofSeed,
    cuts: Cuts,
    /// Number of decisions that are the same.
    compared: u64,
    /// The rows at which the instance that trades has failed ahead of their time, as long as they are not decided.
    failed_ahead: Option<(Box<Shown>, Fault)>,
}

impl SecondThread {
    fn run(
        mut self,
        told: &Receiver<ProofNews>,
        used: &Sender<Box<Shown>>,
    ) -> std::result::Result<u64, Box<LookedAhead>> {
        for news in told {
            match news {
                ProofNews::Shown(shown) => {
                    self.failed_ahead = None;
                    self.compare(&shown)?;
                    // Nobody needs it once the strategy that trades has failed.
                    let _ = used.send(shown);
                }
                // One that fails at them shows in the decisions.
                ProofNews::ShownAgain(shown) => drop(self.show(&shown, |_, _| Ok::<(), ()>(()))),
                ProofNews::Failed(shown, fault) => self.require_fault(&shown, &fault)?,
                ProofNews::FailedAhead(shown, fault) => drop(self.failed_ahead.get_or_insert((shown, fault))),
                // One that is not taken up shows in the decisions.
                ProofNews::Restored(saved) => drop(self.strategy.restore(&saved)),
                // One that does not start fails on the next batch.
                ProofNews::Afresh => {
                    self.strategy.fresh().into_iter().flatten().for_each(|fresh| self.strategy = fresh)
                }
                ProofNews::End => break,
            }
        }
        if let Some((shown, fault)) = self.failed_ahead.take() {
            self.require_fault(&shown, &fault)?;
        }
        Ok(self.compared)
    }

    /// Shows a batch in pieces, and compares the decisions on each.
    fn compare(&mut self, shown: &Shown) -> std::result::Result<(), Box<LookedAhead>> {
        let mut traded = Decided::new(&shown.decisions, shown.quotes.len());
        self.show(shown, |second, piece| {
            let (here, later) = traded.split_at(piece.rows.len());
            let alone = Decided::new(&second.decisions, piece.rows.len());
            let differing = piece.fault.as_ref().map_or_else(|| here.first_difference(&alone), |_| Some(0));
            if let Some(row) = differing {
                return Err(second.difference(shown, &piece, row, here.describe(row)));
            }
            traded = later;
            second.compared += piece.rows.len() as u64;
            Ok(())
        })
    }

    /// Shows a batch at which the instance that trades failed with `traded`: this one must fail as well, at any row.
    fn require_fault(&mut self, shown: &Shown, traded: &Fault) -> std::result::Result<(), Box<LookedAhead>> {
        let mut last = None;
        let shown_all = self.show(shown, |_, piece| {
            let has_failed = piece.fault.is_some();
            last = Some(piece);
            if has_failed { Err(()) } else { Ok(()) }
        });
        match last.filter(|_| shown_all.is_ok()) {
            Some(piece) => Err(self.difference(shown, &piece, 0, failed(traded))),
            None => Ok(()),
        }
    }

    /// Shows a batch in pieces, each of which `look` then looks at until one is an error.
    fn show<E>(
        &mut self,
        shown: &Shown,
        mut look: impl FnMut(&mut SecondThread, Piece) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let rows = shown.quotes.all();
        self.tickers.extend(shown.markets.iter().map(|market| (market.id, market.ticker.clone())));
        let mut markets = shown.markets.as_slice();
        let mut from = 0;
        while from < rows.len() {
            let end = self.cuts.end(rows, from);
            let quotes = rows.slice(from..end);
            let batch = Batch { markets: std::mem::take(&mut markets), quotes, positions: &[], fills: &[] };
            let fault = self.strategy.on_batch(&batch, &mut self.decisions).err();
            look(self, Piece { rows: from..end, fault })?;
            from = end;
        }
        Ok(())
    }

    /// Describes the difference on the row `row` of a piece of a batch, on which the instance that trades decided
    /// `traded`.
    fn difference(&self, shown: &Shown, piece: &Piece, row: usize, traded: String) -> Box<LookedAhead> {
        let place = piece.rows.start + row;
        let market = MarketId(shown.quotes.market[place]);
        let alone = || Decided::new(&self.decisions, piece.rows.len()).describe(row);
        Box::new(LookedAhead {
            slot: self.slot.clone(),
            time: Timestamp(shown.quotes.time[place]),
            market: self.tickers.get(&market).cloned().unwrap_or_else(|| market.0.to_string()),
            batch_rows: shown.quotes.len(),
            traded,
            last_row: self.compared + piece.rows.len() as u64,
            alone: piece.fault.as_ref().map_or_else(alone, failed),
            seed: self.seed,
        })
    }
}

/// A part of a batch that was shown in one call.
struct Piece {
    rows: std::ops::Range<usize>,
    /// The fault that the call ended with.
    fault: Option<Fault>,
}

fn failed(fault: &Fault) -> String {
    format!("it fails: {}", fault.message)
}
