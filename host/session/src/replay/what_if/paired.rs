//! Two strategies in one slot: both are shown every batch, but only one trades.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::{
    Batch, Decisions, Fault, Manifest, MarketId, SavedState, Signal, SlotId, Strategy, Timestamp, ask_wrapped,
};

use super::comparison::Comparison;
use super::divergence::Divergences;
use crate::row_signals::RowSignals;

/// The decisions of both so far, and the strategy that is only asked: it stays while sessions and swaps change the one
/// that trades.
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
    /// The strategy that is asked.
    other: Option<Box<dyn Strategy>>,
    /// An instance of it that has been shown nothing: a session that does not go on from a state begins with it.
    fresh: Option<Box<dyn Strategy>>,
    /// The time of the last rows that the other was shown.
    shown: Timestamp,
}

impl std::fmt::Debug for PairedDecisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairedDecisions").field("slot", &self.slot).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Default for PairedDecisions {
    fn default() -> PairedDecisions {
        let (slot, trade_from, shown) = (SlotId(0), Timestamp(i64::MIN), Timestamp(i64::MIN));
        let (divergences, names) = (Divergences::default(), Default::default());
        let (rows, signals, differing) = (0, (0, 0), 0);
        let (fault, other, fresh) = (None, None, None);
        PairedDecisions { slot, divergences, trade_from, names, rows, signals, differing, fault, other, fresh, shown }
    }
}

/// Returns the decisions. Whoever panicked with them left them whole.
pub fn locked(answers: &Mutex<PairedDecisions>) -> MutexGuard<'_, PairedDecisions> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PairedDecisions {
    /// Begins a session in which signals count from `trade_from`, with `fresh` as the other strategy unless the one
    /// that trades goes on from a state.
    pub fn begin(&mut self, slot: SlotId, trade_from: Timestamp, fresh: Box<dyn Strategy>) {
        (self.slot, self.trade_from, self.fresh) = (slot, trade_from, Some(fresh));
    }

    /// Asks the other strategy about `batch`, and compares it with what the journaled one decided.
    fn ask(&mut self, batch: &Batch<'_>, journaled: &Decisions, asked: &mut Decisions) {
        if let Some(fresh) = self.fresh.take() {
            (self.other, self.shown) = (Some(fresh), Timestamp(i64::MIN));
        }
        let Some(other) = self.other.as_mut().filter(|_| self.fault.is_none()) else { return };
        match by_poll(&mut **other, batch, asked) {
            Ok(()) => self.compare(batch, journaled, asked),
            Err(fault) => self.fault = Some(fault.message),
        }
        self.shown = batch.quotes.time.last().map_or(self.shown, |&time| Timestamp(time));
    }

    fn compare(&mut self, batch: &Batch<'_>, journaled: &Decisions, other: &Decisions) {
        let rows = batch.quotes.len();
        let wanted = RowSignals::new(journaled, rows).zip(RowSignals::new(other, rows));
        for (row, wanted) in wanted.enumerate() {
            let time = Timestamp(batch.quotes.time[row]);
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

/// Shows `strategy` a batch poll by poll, and keeps all its signals in `decisions`: it cannot decide by later rows, so
/// that it needs no proof.
fn by_poll(strategy: &mut dyn Strategy, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
    decisions.signals.clear();
    let Batch { mut markets, quotes, positions, mut fills } = *batch;
    let (mut from, mut own) = (0, Decisions::default());
    while from < quotes.len() {
        let end = quotes.poll_end(from);
        let (told, filled) = (std::mem::take(&mut markets), std::mem::take(&mut fills));
        let poll = Batch { markets: told, quotes: quotes.slice(from..end), positions, fills: filled };
        own.signals.clear();
        own.scores.clear();
        strategy.on_batch(&poll, &mut own)?;
        own.validate(end - from)?;
        decisions
            .signals
            .extend(own.signals.drain(..).map(|signal| Signal { row: signal.row + from as u32, ..signal }));
        from = end;
    }
    Ok(())
}

/// The journaled strategy, with the other one beside it.
pub struct PairedStrategy {
    journaled: Box<dyn Strategy>,
    /// The journaled strategy's manifest, with feedback if either needs it.
    manifest: Manifest,
    answers: Arc<Mutex<PairedDecisions>>,
    decisions: Decisions,
}

impl PairedStrategy {
    /// Makes a strategy of which `journaled` trades, and the other one of `answers` is only asked.
    pub fn new(journaled: Box<dyn Strategy>, answers: &Arc<Mutex<PairedDecisions>>) -> PairedStrategy {
        let mut paired = locked(answers);
        let other = paired.fresh.as_ref().or(paired.other.as_ref()).map(|other| other.manifest());
        let feedback = journaled.manifest().feedback || other.is_some_and(|other| other.feedback);
        let name = |manifest: &Manifest| format!("{} {}", manifest.name, manifest.version);
        paired.names = (name(journaled.manifest()), other.map(name).unwrap_or_default());
        let manifest = Manifest { feedback, ..journaled.manifest().clone() };
        let answers = Arc::clone(answers);
        PairedStrategy { journaled, manifest, answers, decisions: Decisions::default() }
    }
}

impl Strategy for PairedStrategy {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    ask_wrapped!(journaled);

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        self.journaled.on_batch(batch, decisions)?;
        let mut answers = locked(&self.answers);
        // Asked once: not about rows that warm a new version up, nor those that the version from before sees later.
        let is_new =
            answers.fresh.is_some() || batch.quotes.time.first().is_none_or(|&first| Timestamp(first) > answers.shown);
        if is_new {
            answers.ask(batch, decisions, &mut self.decisions);
        }
        Ok(())
    }

    /// The journaled strategy is made again; the other one goes on: it is not asked again about what it was shown.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let fresh = self.journaled.fresh()?;
        let (manifest, answers) = (self.manifest.clone(), Arc::clone(&self.answers));
        let paired = |journaled| PairedStrategy { journaled, manifest, answers, decisions: Decisions::default() };
        Some(fresh.map(|journaled| Box::new(paired(journaled)) as Box<dyn Strategy>))
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        self.journaled.save()
    }

    /// The journaled strategy goes on as if it had never stopped, and so does the other: with what it has been shown.
    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.journaled.restore(saved)?;
        let mut answers = locked(&self.answers);
        if answers.other.is_some() {
            answers.fresh = None;
        }
        Ok(())
    }
}
