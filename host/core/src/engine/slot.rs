//! A strategy in its slot: what it has been shown, what it has answered, and whether it may still answer.

use std::fmt;
use std::mem;

use crate::market::Market;
use crate::quote::QuotesView;
use crate::strategy::{Batch, Decisions, Fault, FillView, PositionView, Strategy};

/// One slot.
pub(super) struct Slot {
    strategy: Box<dyn Strategy>,
    feedback: bool,
    /// Markets that it has not been told of.
    unannounced: Vec<Market>,
    /// Fills that it has not been told of; only with feedback.
    pub fills: Vec<FillView>,
    decisions: Decisions,
    /// Rows of `decisions` that were handed out, and how many there are.
    handed_out: usize,
    answered_rows: usize,
    next_signal: usize,
    /// A fault that has not been acted upon.
    pub fault: Option<Fault>,
    pub quarantined: bool,
    pub signals: u64,
}

impl Slot {
    pub fn new(strategy: Box<dyn Strategy>, markets: &[Market]) -> Slot {
        let feedback = strategy.manifest().feedback;
        Slot {
            strategy,
            feedback,
            unannounced: markets.to_vec(),
            fills: Vec::new(),
            decisions: Decisions::default(),
            handed_out: 0,
            answered_rows: 0,
            next_signal: 0,
            fault: None,
            quarantined: false,
            signals: 0,
        }
    }

    pub fn announce(&mut self, market: &Market) {
        self.unannounced.push(market.clone());
    }

    /// Whether it must see each poll by itself, because what it decides depends on what became of its signals.
    pub fn feedback(&self) -> bool {
        self.feedback
    }

    pub fn strategy(&self) -> &dyn Strategy {
        self.strategy.as_ref()
    }

    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Shows it `rows` and keeps the answer; a fault is kept until the next poll acts on it.
    pub fn show(&mut self, rows: QuotesView<'_>, positions: &[PositionView]) {
        if self.quarantined || self.fault.is_some() {
            return;
        }
        let batch = Batch { markets: &self.unannounced, quotes: rows, positions, fills: &self.fills };
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        let answer = self.strategy.on_batch(&batch, &mut self.decisions);
        let checked = answer.and_then(|()| self.decisions.validate(rows.len()));
        self.unannounced.clear();
        self.fills.clear();
        self.handed_out = 0;
        self.next_signal = 0;
        self.answered_rows = rows.len();
        if let Err(fault) = checked {
            // Half an answer is none.
            self.decisions = Decisions::default();
            self.answered_rows = 0;
            self.fault = Some(fault);
        }
    }

    /// Drops what it answered to the rows that it was shown last.
    pub fn forget_answer(&mut self) {
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        (self.handed_out, self.answered_rows, self.next_signal) = (0, 0, 0);
    }

    /// Whether `rows` more rows have been answered ahead.
    pub fn has_answered(&self, rows: usize) -> bool {
        self.answered_rows - self.handed_out >= rows
    }

    /// Takes the answers out for the length of a poll of `rows` rows: the decisions, the poll's first row among them,
    /// and the index of its first signal. To be given back by [`Slot::give_back`].
    pub fn take(&mut self, rows: usize) -> (Decisions, usize, usize) {
        let first_row = self.handed_out;
        self.handed_out += rows;
        (mem::take(&mut self.decisions), first_row, self.next_signal)
    }

    pub fn give_back(&mut self, decisions: Decisions, next_signal: usize) {
        self.decisions = decisions;
        self.next_signal = next_signal;
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("strategy", &self.strategy.manifest().name)
            .field("quarantined", &self.quarantined)
            .field("signals", &self.signals)
            .finish_non_exhaustive()
    }
}
