//! A slot and the strategy in it: what it has been shown, its pending decisions, and whether it is quarantined.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;

use crate::market::{Market, MarketId};
use crate::order::Side;
use crate::quote::QuotesView;
use crate::strategy::{
    Batch, Decisions, Fault, FaultKind, FillView, Manifest, PositionView, SavedState, SignalAction, Strategy,
};
use crate::time::Timestamp;

/// A slot and the strategy in it.
pub(super) struct Slot {
    name: String,
    /// `None` in a slot whose strategy was not loaded again after a restart.
    strategy: Option<Box<dyn Strategy>>,
    feedback: bool,
    /// Markets not yet shown to the strategy.
    unannounced: Vec<Market>,
    /// Fills not yet shown to the strategy; used only with feedback.
    pub fills: Vec<FillView>,
    decisions: Decisions,
    /// Number of rows of `decisions` that polls have already consumed.
    handed_out: usize,
    /// Number of rows that `decisions` covers.
    answered_rows: usize,
    /// Index of the first signal in `decisions` that is not yet consumed.
    next_signal: usize,
    /// A fault that the engine has not acted on yet.
    pub fault: Option<Fault>,
    pub quarantined: bool,
    /// True if the strategy has taken up its former state: it is not warmed up.
    pub resumed: bool,
    /// The last signal of the warm-up in each market.
    last_signals: BTreeMap<MarketId, SignalAction>,
    /// Number of signals received so far.
    pub signals: u64,
    /// Scores of rows that are no warm-up.
    pub scores: ScoreCount,
}

/// The number of scores that a strategy gave, and the one farthest from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreCount {
    /// Rows with a score; NaN is none.
    pub scored: u64,
    /// The largest distance of a score from zero; zero where there is none.
    pub largest: f64,
}

impl ScoreCount {
    /// Adds scores. They come once for every row, so this must cost next to nothing: without branches, and with whole
    /// numbers, since the bits of positive floats are in the order of the floats, and those of NaN beyond them.
    fn add(&mut self, scores: &[f64]) {
        let mut largest = self.largest.to_bits();
        for score in scores {
            let bits = score.abs().to_bits();
            let defined = bits <= f64::INFINITY.to_bits();
            self.scored += u64::from(defined);
            largest = largest.max(if defined { bits } else { 0 });
        }
        self.largest = f64::from_bits(largest);
    }

    /// Returns the count of both.
    pub fn plus(self, other: ScoreCount) -> ScoreCount {
        ScoreCount { scored: self.scored + other.scored, largest: self.largest.max(other.largest) }
    }
}

impl Slot {
    pub fn new(name: &str, strategy: Box<dyn Strategy>, markets: &[Market]) -> Slot {
        let feedback = strategy.manifest().feedback;
        Slot { strategy: Some(strategy), feedback, unannounced: markets.to_vec(), ..Slot::vacant(name) }
    }

    pub fn vacant(name: &str) -> Slot {
        Slot {
            name: name.to_owned(),
            strategy: None,
            feedback: false,
            unannounced: Vec::new(),
            fills: Vec::new(),
            decisions: Decisions::default(),
            handed_out: 0,
            answered_rows: 0,
            next_signal: 0,
            fault: None,
            quarantined: false,
            resumed: false,
            last_signals: BTreeMap::new(),
            signals: 0,
            scores: ScoreCount::default(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn announce(&mut self, market: &Market) {
        if self.strategy.is_some() {
            self.unannounced.push(market.clone());
        }
    }

    /// Returns true if there is a strategy, and it is not quarantined.
    pub fn is_running(&self) -> bool {
        self.strategy.is_some() && !self.quarantined
    }

    /// Returns true if the strategy must see each poll separately, because its decisions depend on positions or fills.
    pub fn feedback(&self) -> bool {
        self.feedback
    }

    pub fn manifest(&self) -> Option<&Manifest> {
        self.strategy.as_ref().map(|strategy| strategy.manifest())
    }

    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Shows `rows` to the strategy and keeps its decisions. A fault is kept until the next poll acts on it. Scores
    /// count on rows from `trade_from` on.
    pub fn show(&mut self, rows: QuotesView<'_>, positions: &[PositionView], trade_from: Timestamp) {
        let Some(strategy) = self.strategy.as_mut().filter(|_| !self.quarantined && self.fault.is_none()) else {
            return;
        };
        let batch = Batch { markets: &self.unannounced, quotes: rows, positions, fills: &self.fills };
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        let answer = strategy.on_batch(&batch, &mut self.decisions);
        let checked = answer.and_then(|()| self.decisions.validate(rows.len()));
        self.unannounced.clear();
        self.fills.clear();
        self.handed_out = 0;
        self.next_signal = 0;
        self.answered_rows = rows.len();
        if let Err(fault) = checked {
            // Decisions from before the fault must not be acted on: the contract voids the whole batch.
            self.decisions = Decisions::default();
            self.answered_rows = 0;
            self.fault = Some(fault);
        }
        let warm_up = rows.time.partition_point(|&time| time < trade_from.0);
        self.scores.add(self.decisions.scores.get(warm_up..).unwrap_or_default());
    }

    /// Returns the strategy's state as of the last rows that it was shown; `None` if it has none, or does not run. A
    /// fault in the attempt is kept until the next poll acts on it.
    pub fn save(&mut self) -> Option<Result<SavedState, Fault>> {
        let strategy = self.strategy.as_mut().filter(|_| !self.quarantined && self.fault.is_none())?;
        if !strategy.has_state() {
            return None;
        }
        let saved = strategy.save();
        self.fault = saved.as_ref().err().filter(|fault| fault.kind != FaultKind::Refused).cloned();
        Some(saved)
    }

    /// Lets the strategy take up `saved`. It is then told of `markets` and `fills` alone, not of all markets again.
    ///
    /// # Errors
    /// It does not. Nothing else has changed, unless that ended it.
    pub fn resume(&mut self, saved: &SavedState, markets: Vec<Market>, fills: Vec<FillView>) -> Result<(), Fault> {
        let Some(strategy) = self.strategy.as_mut() else { return Ok(()) };
        let answer = strategy.restore(saved);
        self.fault = answer.as_ref().err().filter(|fault| fault.kind != FaultKind::Refused).cloned();
        answer?;
        (self.unannounced, self.fills, self.resumed) = (markets, fills, true);
        Ok(())
    }

    /// Notes the last signal in each market, of those on the `rows` that were shown last.
    pub fn note_last_signals(&mut self, rows: QuotesView<'_>) {
        let signals = self.decisions.signals.iter();
        self.last_signals.extend(signals.map(|signal| (MarketId(rows.market[signal.row as usize]), signal.action)));
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
    /// row and of its first signal. They must be returned with [`Slot::give_back`].
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
            .field("name", &self.name)
            .field("quarantined", &self.quarantined)
            .field("signals", &self.signals)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_counted_without_those_that_are_undefined() {
        let mut count = ScoreCount::default();
        count.add(&[f64::NAN, 0.0, -1.75, 1.5, -f64::NAN]);
        assert_eq!(count, ScoreCount { scored: 3, largest: 1.75 });
        count.add(&[]);
        count.add(&[f64::NEG_INFINITY]);
        assert_eq!(count, ScoreCount { scored: 4, largest: f64::INFINITY });
    }
}
