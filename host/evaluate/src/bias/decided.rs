//! The decisions of two runs, row by row as they are made: each run sends them, and they are compared on the rows that
//! both have.

use std::cmp::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

use host_core::{
    Batch, Decisions, Fault, Manifest, MarketId, SavedState, SignalAction, Strategy, Timestamp, ask_wrapped,
};
use host_session::row_signals::RowSignals;

/// A row and what was decided on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DecidedRow {
    pub time: Timestamp,
    pub market: MarketId,
    pub action: Option<SignalAction>,
}

impl DecidedRow {
    /// Returns the order of two rows on a tape.
    fn place(&self, other: &DecidedRow) -> Ordering {
        (self.time, self.market).cmp(&(other.time, other.market))
    }
}

/// A strategy whose decisions are sent on as it makes them.
pub(super) struct Watched {
    strategy: Box<dyn Strategy>,
    /// Rows before this are warm-up.
    from: Timestamp,
    decided: SyncSender<Vec<DecidedRow>>,
}

impl Watched {
    /// Watches the decisions of `strategy` on rows from `from` on.
    pub fn new(strategy: Box<dyn Strategy>, from: Timestamp, decided: SyncSender<Vec<DecidedRow>>) -> Watched {
        Watched { strategy, from, decided }
    }
}

impl Strategy for Watched {
    fn manifest(&self) -> &Manifest {
        self.strategy.manifest()
    }

    ask_wrapped!(strategy);

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        self.strategy.on_batch(batch, decisions)?;
        let quotes = batch.quotes;
        let rows = RowSignals::new(decisions, quotes.len()).enumerate().map(|(row, action)| DecidedRow {
            time: Timestamp(quotes.time[row]),
            market: MarketId(quotes.market[row]),
            action,
        });
        let rows: Vec<DecidedRow> = rows.filter(|row| row.time >= self.from).collect();
        if !rows.is_empty() {
            // Where nobody listens any more, nothing is lost.
            let _ = self.decided.send(rows);
        }
        Ok(())
    }

    /// Its decisions are sent on too.
    fn fresh(&self) -> Option<Result<Box<dyn Strategy>, Fault>> {
        let fresh = self.strategy.fresh()?;
        let watched = |strategy| Watched::new(strategy, self.from, self.decided.clone());
        Some(fresh.map(|strategy| Box::new(watched(strategy)) as Box<dyn Strategy>))
    }

    fn save(&mut self) -> Result<SavedState, Fault> {
        self.strategy.save()
    }

    fn restore(&mut self, saved: &SavedState) -> Result<(), Fault> {
        self.strategy.restore(saved)
    }
}

/// The decisions that a run sends, one row after the other.
#[derive(Debug)]
pub(super) struct DecidedRows {
    sent: Receiver<Vec<DecidedRow>>,
    held: std::vec::IntoIter<DecidedRow>,
}

impl DecidedRows {
    pub fn new(sent: Receiver<Vec<DecidedRow>>) -> DecidedRows {
        DecidedRows { sent, held: Vec::new().into_iter() }
    }

    /// Returns the next row without taking it; waits until it is decided. `None` once the run has ended.
    fn peek(&mut self) -> Option<DecidedRow> {
        while self.held.as_slice().is_empty() {
            self.held = self.sent.recv().ok()?.into_iter();
        }
        self.held.as_slice().first().copied()
    }
}

/// Counts of the rows on which two runs decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DecisionCounts {
    /// Rows that both had.
    pub rows: u64,
    /// Rows of these on which one of them or both sent a signal.
    pub with_signal: u64,
    /// Rows of these on which their signals differ.
    pub differing: u64,
    /// Time of the last row on which they differ.
    pub last_differing: Option<Timestamp>,
}

/// Compares two runs to the end of both. `at` is told the time that both have reached.
pub(super) fn compare(mut one: DecidedRows, mut other: DecidedRows, at: &mut dyn FnMut(Timestamp)) -> DecisionCounts {
    let (mut counts, mut reached) = (DecisionCounts::default(), Timestamp(i64::MIN));
    loop {
        let (own, others) = (one.peek(), other.peek());
        let order = match (&own, &others) {
            (None, None) => return counts,
            (Some(own), Some(others)) => own.place(others),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        if order == Ordering::Equal {
            let actions = [own, others].map(|row| row.and_then(|row| row.action));
            counts.rows += 1;
            counts.with_signal += u64::from(actions != [None, None]);
            if actions[0] != actions[1] {
                (counts.differing, counts.last_differing) = (counts.differing + 1, own.map(|row| row.time));
            }
        }
        let earlier = if order == Ordering::Greater { others } else { own };
        if let Some(row) = earlier.filter(|row| row.time > reached) {
            reached = row.time;
            at(reached);
        }
        if order != Ordering::Greater {
            one.held.next();
        }
        if order != Ordering::Less {
            other.held.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    /// Returns the rows of (time, market, action), a message for each list.
    fn sent(messages: &[&[(i64, u32, Option<SignalAction>)]]) -> DecidedRows {
        let (sender, receiver) = sync_channel(messages.len());
        for message in messages {
            let row = |&(time, market, action)| DecidedRow { time: Timestamp(time), market: MarketId(market), action };
            sender.send(message.iter().map(row).collect()).unwrap();
        }
        DecidedRows::new(receiver)
    }

    #[test]
    fn decisions_are_compared_on_the_rows_that_both_have() {
        use SignalAction::{Buy, Exit};
        let early = [(1, 0, None), (1, 1, Some(Buy))];
        let every = sent(&[&early, &[], &[(2, 0, Some(Buy)), (3, 0, Some(Exit))], &[(3, 1, None)]]);
        let late = [(1, 1, Some(Exit)), (3, 0, Some(Exit)), (3, 1, Some(Buy)), (5, 0, None)];
        let second = sent(&[&[(1, 0, None)], &late]);
        let mut times = Vec::new();
        let counts = compare(every, second, &mut |time| times.push(time.0));
        assert_eq!(
            counts,
            DecisionCounts { rows: 4, with_signal: 3, differing: 2, last_differing: Some(Timestamp(3)) }
        );
        assert_eq!(times, [1, 2, 3, 5]);
    }

    #[test]
    fn a_run_that_ends_early_or_decides_nothing_is_no_obstacle() {
        let rows = || sent(&[&[(1, 0, Some(SignalAction::Buy)), (2, 0, None)]]);
        let counts = |one, other| compare(one, other, &mut |_| {});
        assert_eq!(counts(rows(), sent(&[])), DecisionCounts::default());
        assert_eq!(counts(sent(&[]), rows()), DecisionCounts::default());
        assert_eq!(counts(rows(), rows()), DecisionCounts { rows: 2, with_signal: 1, ..DecisionCounts::default() });
    }
}
