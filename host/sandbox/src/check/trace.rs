//! The decisions of a strategy over a whole sequence, in a form that does not depend on how the rows were split into
//! batches.

use std::fmt;

use host_core::strategy::Batch;
use host_core::{Decisions, Fault, Quotes, Signal, Strategy};

use super::sequence::Sequence;
use crate::strategy::SandboxedStrategy;

/// A way to split a sequence into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// One batch per poll, as in live trading.
    Polls,
    /// One batch per row.
    Rows,
    /// Batches of irregular lengths that cut through polls.
    Odd,
    /// All rows in one batch.
    Whole,
}

/// The batch lengths of [`Split::Odd`], repeated.
const ODD_LENGTHS: [usize; 7] = [1, 7, 64, 2, 333, 1, 1_021];

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Split::Polls => "poll by poll",
            Split::Rows => "row by row",
            Split::Odd => "in odd pieces",
            Split::Whole => "in one batch",
        })
    }
}

impl Split {
    /// Returns the end of the batch with number `index`, which starts at `row`.
    fn end(self, quotes: &Quotes, row: usize, index: usize) -> usize {
        let end = match self {
            Split::Polls => quotes.poll_end(row),
            Split::Rows => row + 1,
            Split::Odd => row + ODD_LENGTHS[index % ODD_LENGTHS.len()],
            Split::Whole => quotes.len(),
        };
        end.min(quotes.len())
    }
}

/// Signals with rows counted from the start of the sequence, and one score per row (NaN for none).
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub signals: Vec<Signal>,
    pub scores: Vec<f64>,
}

impl Trace {
    /// Shows `strategy` the whole `sequence` in the batches of `split`.
    ///
    /// # Errors
    /// The strategy's fault, with the first row of the batch that caused it.
    pub(super) fn record(
        strategy: &mut SandboxedStrategy,
        sequence: &Sequence,
        split: Split,
    ) -> Result<Trace, (usize, Fault)> {
        Trace::record_between(strategy, sequence, split, |_| Ok(()))
    }

    /// Does the same as [`Trace::record`], and `ask`s the strategy for something after each batch.
    ///
    /// # Errors
    /// As [`Trace::record`], or the fault of `ask`.
    pub(super) fn record_between(
        strategy: &mut SandboxedStrategy,
        sequence: &Sequence,
        split: Split,
        mut ask: impl FnMut(&mut SandboxedStrategy) -> Result<(), Fault>,
    ) -> Result<Trace, (usize, Fault)> {
        let Sequence { markets, quotes } = sequence;
        let mut trace = Trace::default();
        let mut decisions = Decisions::default();
        let (mut row, mut index) = (0, 0);
        while row < quotes.len() {
            let end = split.end(quotes, row, index);
            let markets = if row == 0 { markets.as_slice() } else { &[] };
            let batch = Batch { markets, quotes: quotes.view(row..end), positions: &[], fills: &[] };
            strategy.on_batch(&batch, &mut decisions).map_err(|fault| (row, fault))?;
            trace.append(&decisions, row, end);
            ask(strategy).map_err(|fault| (row, fault))?;
            (row, index) = (end, index + 1);
        }
        Ok(trace)
    }

    fn append(&mut self, decisions: &Decisions, start: usize, end: usize) {
        let global = |signal: &Signal| Signal { row: signal.row + start as u32, ..signal.clone() };
        self.signals.extend(decisions.signals.iter().map(global));
        self.scores.extend_from_slice(&decisions.scores);
        self.scores.resize(end, f64::NAN);
    }

    /// Returns the first difference from `other` as a clause for a message; `None` if both are the same, bit for bit.
    pub(super) fn difference(&self, other: &Trace) -> Option<String> {
        // Every NaN means "no score".
        let bits = |score: f64| if score.is_nan() { u64::MAX } else { score.to_bits() };
        let scores = self.scores.iter().zip(&other.scores).position(|(&one, &two)| bits(one) != bits(two));
        let shared = self.signals.len().min(other.signals.len());
        let signals = (0..shared).find(|&index| self.signals[index] != other.signals[index]);
        let signals = signals.or((self.signals.len() != other.signals.len()).then_some(shared));
        let row_of = |index: usize| {
            [self, other].into_iter().filter_map(|trace| trace.signals.get(index)).map(|signal| signal.row).min()
        };
        let signal_row = signals.and_then(row_of).map(|row| row as usize);
        match (scores, signal_row) {
            (Some(row), later) if later.is_none_or(|signal| row <= signal) => {
                Some(format!("row {row} scores {} once and {} once", self.scores[row], other.scores[row]))
            }
            (_, Some(row)) => Some(format!("row {row} has {} once and {} once", self.at(row), other.at(row))),
            _ => None,
        }
    }

    /// Describes the signals of `row` for a message.
    fn at(&self, row: usize) -> String {
        let here = self.signals.iter().filter(|signal| signal.row as usize == row);
        let shown: Vec<_> = here
            .map(|signal| {
                let action = format!("{:?}", signal.action).to_lowercase();
                let price = signal.price.map_or(String::new(), |price| format!(" at {price}"));
                let figures: String = signal.metadata.iter().map(|(name, value)| format!(", {name} {value}")).collect();
                format!("{action}{price} with confidence {}{figures}", signal.confidence)
            })
            .collect();
        if shown.is_empty() { "no signal".to_owned() } else { shown.join(" and ") }
    }
}
