//! A strategy in a slot: what it has been shown, and its pending decisions.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use super::past::ShownPast;
use crate::market::{Market, MarketId};
use crate::order::Side;
use crate::quote::QuotesView;
use crate::strategy::{
    Batch, Decisions, Fault, FaultKind, FillView, PositionView, SavedState, SignalAction, Strategy, StrategyVersion,
};

/// A strategy, and everything about it that leaves the slot with it.
pub(super) struct Occupant {
    strategy: Box<dyn Strategy>,
    feedback: bool,
    /// The batches that it was shown, so that it can be made again.
    past: ShownPast,
    /// Faults with which it must fail, whatever it would do.
    imposed: VecDeque<Fault>,
    /// Markets not yet shown to the strategy.
    unannounced: Vec<Market>,
    /// Fills not yet shown to the strategy; used only with feedback.
    fills: Vec<FillView>,
    decisions: Decisions,
    /// True as long as it has answered whatever it was shown ahead.
    is_shown_ahead: bool,
    /// Rows of the batch that ended that, which are still to come: it saves no state until they are over.
    rows_apart: usize,
    /// Number of rows of `decisions` that polls have already consumed.
    handed_out: usize,
    /// Number of rows that `decisions` covers.
    answered_rows: usize,
    /// Index of the first signal in `decisions` that is not yet consumed.
    next_signal: usize,
    /// A fault that the engine has not acted on yet.
    fault: Option<Fault>,
    /// True if the strategy has taken up its former state: it is not warmed up.
    resumed: bool,
    /// The last signal of the warm-up in each market.
    last_signals: BTreeMap<MarketId, SignalAction>,
}

impl Occupant {
    pub fn new(strategy: Box<dyn Strategy>, markets: Vec<Market>) -> Occupant {
        let feedback = strategy.manifest().feedback;
        let past = ShownPast::new(strategy.restarts());
        Occupant {
            strategy,
            feedback,
            past,
            imposed: VecDeque::new(),
            unannounced: markets,
            fills: Vec::new(),
            decisions: Decisions::default(),
            is_shown_ahead: true,
            rows_apart: 0,
            handed_out: 0,
            answered_rows: 0,
            next_signal: 0,
            fault: None,
            resumed: false,
            last_signals: BTreeMap::new(),
        }
    }

    pub fn strategy(&self) -> &dyn Strategy {
        &*self.strategy
    }

    pub fn version(&self) -> StrategyVersion {
        StrategyVersion::of(&*self.strategy)
    }

    /// Returns true if the strategy must see each poll separately, because its decisions depend on positions or fills.
    pub fn feedback(&self) -> bool {
        self.feedback
    }

    pub fn has_resumed(&self) -> bool {
        self.resumed
    }

    pub fn has_failed(&self) -> bool {
        self.fault.is_some()
    }

    pub fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    pub fn announce(&mut self, market: &Market) {
        self.unannounced.push(market.clone());
    }

    /// Notes a fill for a strategy that asks for feedback.
    pub fn note_fill(&mut self, fill: FillView) {
        if self.feedback {
            self.fills.push(fill);
        }
    }

    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Shows the rows of coming polls, as [`Occupant::show`] does.
    ///
    /// A fault at them is none yet: it must not come before the poll that causes it, or by telling of it the strategy
    /// would tell of later rows. It is made again, and from now on shown each poll when it comes.
    pub fn show_ahead(&mut self, rows: QuotesView<'_>) {
        self.forget_answer();
        if !self.is_shown_ahead || self.has_failed() {
            return;
        }
        // Before the rows are shown: a fault in saving is not theirs.
        self.keep_past_short();
        if self.has_failed() {
            return;
        }
        self.show(rows, &[]);
        let is_early = self.has_failed() && rows.poll_end(0) < rows.len();
        if is_early && matches!(self.make_again(), Some(Ok(()))) {
            (self.fault, self.is_shown_ahead, self.rows_apart) = (None, false, rows.len());
        }
    }

    /// Shows `rows` to the strategy, with `positions` if it asks for feedback, and keeps its decisions. A fault is kept
    /// until the engine acts on it.
    pub fn show(&mut self, rows: QuotesView<'_>, positions: &[PositionView]) {
        if self.has_failed() {
            return;
        }
        self.keep_past_short();
        if self.has_failed() {
            return;
        }
        let positions = if self.feedback { positions } else { &[] };
        let batch = Batch { markets: &self.unannounced, quotes: rows, positions, fills: &self.fills };
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        let answer = match self.imposed.pop_front() {
            Some(fault) => Err(fault),
            None => self.strategy.on_batch(&batch, &mut self.decisions),
        };
        let checked = answer.and_then(|()| self.decisions.validate(rows.len()));
        // After a fault, the instance that takes its place is shown the same.
        if checked.is_ok() {
            self.past.note(&batch);
            self.rows_apart = self.rows_apart.saturating_sub(rows.len());
            self.unannounced.clear();
            self.fills.clear();
        }
        self.handed_out = 0;
        self.next_signal = 0;
        self.answered_rows = rows.len();
        if let Err(fault) = checked {
            // Decisions from before the fault must not be acted on: the contract voids the whole batch.
            self.decisions = Decisions::default();
            self.answered_rows = 0;
            self.fault = Some(fault);
        }
    }

    /// Lets a state take the place of a long past.
    fn keep_past_short(&mut self) {
        // A state from before the end of those rows would hold that they made it fail.
        if !self.past.is_full() || self.rows_apart > 0 {
            return;
        }
        match self.save() {
            Some(Ok(state)) => self.past.begin_at(state),
            // What ended it is acted on with its past as it is.
            Some(Err(_)) if self.has_failed() => {}
            None | Some(Err(_)) => self.past.give_up(),
        }
    }

    /// Puts a fresh instance in the place of one that failed, and brings it to the last rows that were answered. `None`
    /// if that cannot be done.
    ///
    /// # Errors
    /// The fresh instance fails at it.
    pub fn make_again(&mut self) -> Option<Result<(), Fault>> {
        let made = self.past.made_again(&*self.strategy)?;
        Some(made.map(|fresh| {
            self.strategy = fresh;
            self.forget_answer();
        }))
    }

    /// Returns a fresh occupant with the same strategy that knows nothing but `markets`; `None` if there can be none.
    ///
    /// # Errors
    /// It fails at its start.
    pub fn cold(&self, markets: &[Market]) -> Option<Result<Occupant, Fault>> {
        let fresh = self.strategy.fresh()?;
        Some(fresh.map(|fresh| Occupant::new(fresh, markets.to_vec())))
    }

    /// Lets it fail with `faults`, one each time that it is shown something.
    pub fn impose(&mut self, faults: Vec<Fault>) {
        self.imposed.extend(faults);
    }

    /// Shows past `rows`: nothing is decided on them.
    pub fn warm_up(&mut self, rows: QuotesView<'_>, positions: &[PositionView]) {
        self.show(rows, positions);
        let signals = self.decisions.signals.iter();
        self.last_signals.extend(signals.map(|signal| (MarketId(rows.market[signal.row as usize]), signal.action)));
        self.forget_answer();
    }

    /// Returns the strategy's state as of the last rows that it was shown; `None` if it has none, or has failed. A
    /// fault in the attempt is kept until the engine acts on it.
    pub fn save(&mut self) -> Option<Result<SavedState, Fault>> {
        if self.has_failed() || !self.strategy.has_state() {
            return None;
        }
        let saved = self.strategy.save();
        self.fault = saved.as_ref().err().filter(|fault| fault.kind != FaultKind::Refused).cloned();
        Some(saved)
    }

    /// Lets the strategy take up `saved`. It is then told of `markets` and `fills` alone, not of all markets again.
    ///
    /// # Errors
    /// It does not. Nothing else has changed, unless that ended it.
    pub fn resume(&mut self, saved: &SavedState, markets: Vec<Market>, fills: Vec<FillView>) -> Result<(), Fault> {
        let answer = self.strategy.restore(saved);
        self.fault = answer.as_ref().err().filter(|fault| fault.kind != FaultKind::Refused).cloned();
        answer?;
        self.past.begin_at(saved.clone());
        (self.unannounced, self.fills, self.resumed) = (markets, fills, true);
        Ok(())
    }

    /// Returns true if the strategy knows of a position on `side` in `market`: it was told, has taken up its former
    /// state, or led to the like in its warm-up.
    pub fn knows(&self, market: MarketId, side: Side) -> bool {
        let entry = match side {
            Side::Buy => SignalAction::Buy,
            Side::Sell => SignalAction::Sell,
        };
        self.feedback || self.resumed || self.last_signals.get(&market) == Some(&entry)
    }

    /// Drops the decisions on the rows that were shown last.
    pub fn forget_answer(&mut self) {
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        (self.handed_out, self.answered_rows, self.next_signal) = (0, 0, 0);
    }

    /// Returns true if decisions on the next `rows` rows are already available.
    pub fn has_answered(&self, rows: usize) -> bool {
        self.answered_rows - self.handed_out >= rows
    }

    /// Takes the decisions out while a poll of `rows` rows is handled. Returns them with the index of the poll's first
    /// row and of its first signal. They must be returned with [`Occupant::give_back`].
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
