//! The instance that is asked for lines: it sees what the instance that trades sees, on a thread of its own.
//!
//! Lines are asked for between two rows that lie in different intervals of time, so that they do not depend on how rows
//! come in batches.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use host_core::strategy::{Batch, FaultKind, FillView, PositionView, SavedState};
use host_core::{Decisions, Fault, Market, Quotes, QuotesView, Strategy};
use host_sandbox::{LoadError, SandboxedStrategy, Settings, StrategyComponent};

use super::series::INTERVAL;

/// The place where lines are drawn. It is used on the twin's thread alone.
pub trait Canvas: Send + 'static {
    /// Takes the names of the lines, before anything else.
    fn begin(&mut self, names: Vec<String>);

    /// Returns the markets among `active`, which had rows until `time`, in nanoseconds, whose lines are to be asked
    /// for. `signalled` are those that had signals.
    fn due(&mut self, active: &[u32], signalled: &[u32], time: i64) -> Vec<u32>;

    /// Takes the values of all lines in each of `markets` at `time`, market by market, in dollars; NaN for none.
    fn push(&mut self, markets: Vec<u32>, values: Vec<f64>, time: i64);

    /// Takes note that there are no more.
    fn end(&mut self, end: End);
}

/// The reason why there are no more lines.
#[derive(Clone, Debug)]
pub enum End {
    /// The strategy is shown nothing any more.
    Over,
    /// The twin has missed what the strategy was shown, and cannot begin again.
    Behind,
    /// The twin failed.
    Fault(Fault),
}

impl End {
    /// Returns the reason in words if the lines end before their strategy.
    pub fn failure(&self) -> Option<String> {
        match self {
            End::Over => None,
            End::Behind => {
                Some("the instance that draws them could not keep up, and has no state to go on from".into())
            }
            End::Fault(fault) => Some(fault.message.clone()),
        }
    }
}

/// A message to a twin.
#[derive(Debug)]
pub(super) enum Told {
    Batch(Box<Shown>),
    /// The state that the strategy has just saved or taken up: the twin begins anew from it.
    State(SavedState),
}

/// The strategy as a twin is started again, and the canvas that it draws on.
pub(super) struct Drawer<C> {
    pub component: StrategyComponent,
    pub settings: Settings,
    pub canvas: C,
}

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
struct Twin<C> {
    strategy: SandboxedStrategy,
    drawer: Drawer<C>,
    decisions: Decisions,
    /// Number of lines.
    lines: usize,
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

/// The way to a twin.
#[derive(Debug)]
pub(super) struct Way {
    pub twin: SyncSender<Told>,
    /// To be set before the way is closed because the twin has missed a batch.
    pub is_lost: Arc<AtomicBool>,
}

/// Starts a thread that shows `strategy` what is sent to it, and may lie `most_behind` batches behind. It ends once
/// nothing more can be sent, or with the first fault.
///
/// # Errors
/// The system gives no thread.
pub(super) fn spawn<C: Canvas>(
    strategy: SandboxedStrategy,
    drawer: Drawer<C>,
    most_behind: usize,
) -> io::Result<(Way, JoinHandle<C>)> {
    let (twin, receiver) = sync_channel(most_behind);
    let is_lost = Arc::new(AtomicBool::new(false));
    let lost = is_lost.clone();
    let thread = thread::Builder::new().name("lines".to_owned());
    let thread = thread.spawn(move || draw(strategy, drawer, &receiver, &lost))?;
    Ok((Way { twin, is_lost }, thread))
}

fn draw<C: Canvas>(
    mut strategy: SandboxedStrategy,
    mut drawer: Drawer<C>,
    receiver: &Receiver<Told>,
    is_lost: &AtomicBool,
) -> C {
    let names = match strategy.line_names() {
        Ok(names) => names,
        Err(fault) => {
            drawer.canvas.end(End::Fault(fault));
            return drawer.canvas;
        }
    };
    let lines = names.len();
    drawer.canvas.begin(names);
    let mut twin = Twin {
        strategy,
        drawer,
        decisions: Decisions::default(),
        lines,
        active: MarketList::default(),
        signalled: MarketList::default(),
        last: i64::MIN,
        until: i64::MIN,
    };
    let shown = receiver.iter().try_for_each(|told| twin.take(&told));
    let end = match shown.and_then(|()| twin.sample()) {
        Err(fault) => End::Fault(fault),
        Ok(()) if is_lost.load(Ordering::Relaxed) => End::Behind,
        Ok(()) => End::Over,
    };
    twin.drawer.canvas.end(end);
    twin.drawer.canvas
}

impl<C: Canvas> Twin<C> {
    fn take(&mut self, told: &Told) -> Result<(), Fault> {
        match told {
            Told::Batch(shown) => self.show(shown),
            Told::State(saved) => self.begin_anew(saved),
        }
    }

    fn begin_anew(&mut self, saved: &SavedState) -> Result<(), Fault> {
        let Drawer { component, settings, .. } = &self.drawer;
        self.strategy = component.start(settings).map_err(|error| not_started(&error))?;
        self.active.clear();
        self.signalled.clear();
        self.strategy.restore(saved)
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
        let canvas = &mut self.drawer.canvas;
        let due = canvas.due(&self.active.markets, &self.signalled.markets, self.last);
        self.active.clear();
        self.signalled.clear();
        if due.is_empty() {
            return Ok(());
        }
        let values = self.strategy.line_values(&due, self.lines)?;
        self.drawer.canvas.push(due, values, self.last);
        Ok(())
    }
}

fn not_started(error: &LoadError) -> Fault {
    Fault { kind: FaultKind::Refused, message: error.to_string(), log: Vec::new() }
}
