//! Two strategies in one slot: both are shown every batch, but only one trades.

use std::cell::RefCell;
use std::rc::Rc;

use host_core::{Batch, Decisions, Fault, Manifest, MarketId, SavedState, SignalAction, SlotId, Strategy, Timestamp};

use super::comparison::Comparison;
use super::divergence::Divergences;

/// The decisions of both so far.
#[derive(Debug)]
pub struct PairedDecisions {
    /// The slot that is compared.
    pub slot: SlotId,
    /// Rows on which they differ.
    pub divergences: Divergences,
    trade_from: Timestamp,
    names: (String, String),
    rows: u64,
    signals: (u64, u64),
    differing: u64,
    fault: Option<String>,
    /// The strategy that was asked in the session before.
    former: Former,
}

/// A strategy whose session is over, if there is one.
#[derive(Default)]
struct Former(Option<Box<dyn Strategy>>);

impl std::fmt::Debug for Former {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Former").field(&self.0.as_ref().map(|former| &former.manifest().name)).finish()
    }
}

impl Default for PairedDecisions {
    fn default() -> PairedDecisions {
        let (slot, trade_from) = (SlotId(0), Timestamp(i64::MIN));
        let (divergences, names) = (Divergences::default(), Default::default());
        let (rows, signals, differing) = (0, (0, 0), 0);
        let (fault, former) = (None, Former::default());
        PairedDecisions { slot, divergences, trade_from, names, rows, signals, differing, fault, former }
    }
}

impl PairedDecisions {
    /// Begins a session in which signals count from `trade_from`.
    pub fn begin(&mut self, slot: SlotId, trade_from: Timestamp, journaled: &Manifest, other: &Manifest) {
        let name = |manifest: &Manifest| format!("{} {}", manifest.name, manifest.version);
        (self.slot, self.trade_from) = (slot, trade_from);
        self.names = (name(journaled), name(other));
    }

    fn compare(&mut self, batch: &Batch<'_>, journaled: &Decisions, other: &Decisions) {
        let (mut own, mut others) = (0, 0);
        for row in 0..batch.quotes.len() {
            let time = Timestamp(batch.quotes.time[row]);
            let wanted = (signal_on(journaled, row, &mut own), signal_on(other, row, &mut others));
            if time < self.trade_from {
                continue;
            }
            self.rows += 1;
            self.signals.0 += u64::from(wanted.0.is_some());
            self.signals.1 += u64::from(wanted.1.is_some());
            let market = MarketId(batch.quotes.market[row]);
            self.differing += u64::from(self.divergences.row(market, time, wanted.0, wanted.1));
        }
    }

    /// Returns the comparison, with the tickers that `name` returns.
    pub fn into_comparison(self, name: impl Fn(MarketId) -> String) -> Comparison {
        Comparison {
            journaled: self.names.0,
            other: self.names.1,
            rows: self.rows,
            journaled_signals: self.signals.0,
            other_signals: self.signals.1,
            differing_rows: self.differing,
            differences: self.divergences.named(name),
            fault: self.fault,
        }
    }
}

/// Returns the signal on `row`: the last of several, since it is acted upon last. `next` is the first signal that was
/// not looked at, and moves on.
fn signal_on(decisions: &Decisions, row: usize, next: &mut usize) -> Option<SignalAction> {
    let mut last = None;
    while let Some(signal) = decisions.signals.get(*next).filter(|signal| signal.row as usize == row) {
        last = Some(signal.action);
        *next += 1;
    }
    last
}

/// The journaled strategy, with the other one beside it.
pub struct PairedStrategy {
    journaled: Box<dyn Strategy>,
    /// Present until it is dropped.
    other: Option<Box<dyn Strategy>>,
    /// The journaled strategy's manifest, with feedback if either needs it.
    manifest: Manifest,
    answers: Rc<RefCell<PairedDecisions>>,
    decisions: Decisions,
}

impl PairedStrategy {
    /// Makes a strategy of which `journaled` trades and `other` is only asked.
    pub fn new(
        journaled: Box<dyn Strategy>,
        other: Box<dyn Strategy>,
        answers: Rc<RefCell<PairedDecisions>>,
    ) -> PairedStrategy {
        let feedback = journaled.manifest().feedback || other.manifest().feedback;
        let manifest = Manifest { feedback, ..journaled.manifest().clone() };
        PairedStrategy { journaled, other: Some(other), manifest, answers, decisions: Decisions::default() }
    }
}

impl Strategy for PairedStrategy {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        self.journaled.on_batch(batch, decisions)?;
        let mut answers = self.answers.borrow_mut();
        let Some(other) = self.other.as_mut().filter(|_| answers.fault.is_none()) else { return Ok(()) };
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        let rows = batch.quotes.len();
        match other.on_batch(batch, &mut self.decisions).and_then(|()| self.decisions.validate(rows)) {
            Ok(()) => answers.compare(batch, decisions, &self.decisions),
            Err(fault) => answers.fault = Some(fault.message),
        }
        Ok(())
    }

    /// The journaled strategy goes on as if it had never stopped, and so does the other: with what it has been shown.
    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.journaled.restore(saved)?;
        let former = self.answers.borrow_mut().former.0.take();
        self.other = former.or_else(|| self.other.take());
        Ok(())
    }
}

impl Drop for PairedStrategy {
    /// Leaves the other strategy to the next session.
    fn drop(&mut self) {
        self.answers.borrow_mut().former.0 = self.other.take();
    }
}
