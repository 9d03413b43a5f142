//! The decisions of a strategy over a whole sequence, in a form that does not depend on how the rows were split into
//! batches, and that does not grow with the number of signals: a digest for each block of rows. Where two differ, a
//! second pass keeps the decisions of that block alone.

use std::fmt;
use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
use std::ops::Range;

use host_core::strategy::Batch;
use host_core::{Decisions, Fault, Quotes, Strategy, foreign};

use super::budget::CheckTime;
use super::sequence::Sequence;
use crate::decided::Decided;
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
    /// All rows in one batch, or in as few as their size allows.
    Whole,
}

/// The batch lengths of [`Split::Odd`], repeated.
const ODD_LENGTHS: [usize; 7] = [1, 7, 64, 2, 333, 1, 1_021];
/// Most rows of a batch: the default sequence fits. A batch and its answer have to fit into a strategy's memory.
const MOST_ROWS: usize = 40_000;
/// Number of rows with one digest.
const BLOCK: usize = 1_024;

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
            Split::Whole => row + MOST_ROWS,
        };
        end.min(quotes.len())
    }
}

/// The reason why a run over a sequence has no result.
#[derive(Debug)]
pub(super) enum NoTrace {
    /// A fault, with the first row of the batch that caused it.
    Failed(usize, Fault),
    /// The time was over at this row.
    NotReached(usize),
}

/// A question to a strategy after each batch.
pub(super) type Ask<'a> = &'a mut dyn FnMut(&mut SandboxedStrategy) -> Result<(), Fault>;

/// A pass over a sequence.
pub(super) struct Pass<'a> {
    pub sequence: &'a Sequence,
    pub split: Split,
    pub budget: CheckTime,
    /// Keys of the digests. A strategy cannot know them, so it cannot make two decisions that differ look the same.
    pub keys: &'a RandomState,
}

impl Pass<'_> {
    /// Shows `strategy` the rows up to `until`, in batches, and gives what is decided on each to `take`, with its rows.
    fn run(
        &self,
        strategy: &mut SandboxedStrategy,
        until: usize,
        ask: Ask<'_>,
        take: &mut dyn FnMut(Range<usize>, Decided<'_>),
    ) -> Result<(), NoTrace> {
        let Sequence { markets, quotes } = self.sequence;
        let mut decisions = Decisions::default();
        let (mut row, mut index) = (0, 0);
        while row < quotes.len().min(until) {
            if self.budget.is_over() {
                return Err(NoTrace::NotReached(row));
            }
            let end = self.split.end(quotes, row, index);
            let markets = if row == 0 { markets.as_slice() } else { &[] };
            let batch = Batch { markets, quotes: quotes.view(row..end), positions: &[], fills: &[] };
            strategy.on_batch(&batch, &mut decisions).map_err(|fault| NoTrace::Failed(row, fault))?;
            take(row..end, Decided::new(&decisions, end - row));
            ask(strategy).map_err(|fault| NoTrace::Failed(row, fault))?;
            (row, index) = (end, index + 1);
        }
        Ok(())
    }

    /// Returns the digests of all decisions of `strategy`, which is asked for something after each batch.
    ///
    /// # Errors
    /// The strategy fails, or the time is over.
    pub(super) fn trace(&self, strategy: &mut SandboxedStrategy, ask: Ask<'_>) -> Result<Trace, NoTrace> {
        let mut trace = Trace::default();
        let mut open = self.keys.build_hasher();
        self.run(strategy, usize::MAX, ask, &mut |rows, mut decided| {
            trace.signals += decided.signals();
            for (row, place) in rows.zip(0..) {
                trace.scores += u64::from(decided.digest(place, &mut open));
                if (row + 1) % BLOCK == 0 {
                    trace.blocks.push(close(&mut open, self.keys));
                }
            }
        })?;
        trace.blocks.push(close(&mut open, self.keys));
        Ok(trace)
    }

    /// Returns the decision of `strategy` on each row of `block`.
    ///
    /// # Errors
    /// As [`Pass::trace`].
    pub(super) fn block(
        &self,
        strategy: &mut SandboxedStrategy,
        block: &Range<usize>,
        ask: Ask<'_>,
    ) -> Result<Vec<OfRow>, NoTrace> {
        let mut kept = Vec::new();
        self.run(strategy, block.end, ask, &mut |rows, decided| {
            let from = block.start.clamp(rows.start, rows.end);
            let end = block.end.clamp(rows.start, rows.end);
            let (_, mut decided) = decided.split_at(from - rows.start);
            kept.extend((0..end - from).map(|row| OfRow::of(&mut decided, row, self.keys)));
        })?;
        Ok(kept)
    }
}

/// The decision on a row, of which is kept what tells it from another: it may have megabytes of metadata.
#[derive(Debug)]
pub(super) struct OfRow {
    digest: u64,
    /// For people, shortened.
    text: String,
}

impl OfRow {
    /// Takes the next decision of `decided`, that on `row`.
    fn of(decided: &mut Decided<'_>, row: usize, keys: &RandomState) -> OfRow {
        let text = foreign::line(&decided.describe(row), foreign::LINE);
        let mut open = keys.build_hasher();
        decided.digest(row, &mut open);
        OfRow { digest: open.finish(), text }
    }

    /// Returns the first row on which `once` and `again` differ, as a clause; it counts from `start`.
    pub(super) fn first_difference(once: &[OfRow], again: &[OfRow], start: usize) -> Option<String> {
        let rows = once.iter().zip(again).enumerate();
        let (row, (once, again)) = rows.into_iter().find(|(_, (once, again))| once.digest != again.digest)?;
        Some(format!("row {} has {} once and {} once", start + row, once.text, again.text))
    }
}

fn close(open: &mut DefaultHasher, keys: &RandomState) -> u64 {
    std::mem::replace(open, keys.build_hasher()).finish()
}

/// The digests of all decisions over a sequence.
#[derive(Debug, Default)]
pub(super) struct Trace {
    blocks: Vec<u64>,
    /// Number of signals.
    pub signals: u64,
    /// Number of scores.
    pub scores: u64,
}

impl Trace {
    /// Returns the rows of the first block that differs from `other`; `None` if all decisions are the same.
    pub(super) fn first_difference(&self, other: &Trace) -> Option<Range<usize>> {
        let block = self.blocks.iter().zip(&other.blocks).position(|(one, two)| one != two)?;
        Some(block * BLOCK..(block + 1) * BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use host_core::{Decisions, Signal, SignalAction};

    use super::*;

    #[test]
    fn what_is_kept_of_a_decision_is_short_and_tells_it_from_others() {
        let keys = RandomState::new();
        let kept = |last: char| -> Vec<OfRow> {
            let name = "n".repeat(1 << 20) + &last.to_string();
            let metadata = vec![(name, 1.0)];
            let signal = Signal { row: 1, action: SignalAction::Buy, price: None, confidence: 1.0, metadata };
            let decisions = Decisions { signals: vec![signal], scores: Vec::new() };
            let mut decided = Decided::new(&decisions, 3);
            (0..3).map(|row| OfRow::of(&mut decided, row, &keys)).collect()
        };
        let (once, same, other) = (kept('a'), kept('a'), kept('b'));
        assert!(once.iter().all(|row| row.text.chars().count() <= foreign::LINE), "{once:?}");
        assert_eq!(OfRow::first_difference(&once, &same, 7), None);
        let told = OfRow::first_difference(&once, &other, 7).unwrap();
        assert!(told.starts_with("row 8 has buy with confidence 1") && told.contains("na 1 once and"), "{told}");
    }
}
