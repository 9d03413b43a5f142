//! The decision on each row of a batch: what decisions of two strategies, or of two runs, are compared by.

use host_core::{Decisions, Signal, SignalAction};

/// Goes over the rows of a batch, and returns the action that was decided on each.
#[derive(Debug)]
pub struct RowSignals<'a> {
    /// The signals on later rows, in row order.
    signals: &'a [Signal],
    row: usize,
    rows: usize,
}

impl RowSignals<'_> {
    /// Begins with the first of the `rows` that `decisions` answer.
    pub fn new(decisions: &Decisions, rows: usize) -> RowSignals<'_> {
        RowSignals { signals: &decisions.signals, row: 0, rows }
    }
}

impl Iterator for RowSignals<'_> {
    type Item = Option<SignalAction>;

    /// Returns the action on the next row: the last of several, since it is acted upon last.
    fn next(&mut self) -> Option<Option<SignalAction>> {
        if self.row == self.rows {
            return None;
        }
        let mut last = None;
        while let Some((signal, later)) = self.signals.split_first()
            && signal.row as usize == self.row
        {
            (last, self.signals) = (Some(signal.action), later);
        }
        self.row += 1;
        Some(last)
    }
}
