//! The trades of other people that come with the rows of a feed.

use host_core::{PublicTrades, Timestamp};
use host_store::tape::{Tape, TapeError, TradesReader};

/// The trades of a feed. Its memory grows with the trades of one batch of rows, and with nothing else.
pub struct FeedTrades {
    /// `None` if they are made with the rows.
    tape: Option<TapeTrades>,
    told: (Timestamp, Timestamp),
    /// Those of the batch.
    batch: PublicTrades,
}

struct TapeTrades {
    reader: TradesReader,
    /// Trades that were read ahead.
    held: PublicTrades,
    /// The number of those that have been taken.
    taken: usize,
}

impl std::fmt::Debug for FeedTrades {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedTrades").field("told", &self.told).finish_non_exhaustive()
    }
}

impl FeedTrades {
    /// Returns those of `tape` from `from` on and before `until`; `None` if the tape has none. A day counts as told if
    /// it lies between the first and the last day with trades.
    pub fn of_tape(tape: &Tape, from: Timestamp, until: Timestamp) -> Option<FeedTrades> {
        let days = &tape.meta().trade_days;
        let (first, last) = (days.first()?.day, days.last()?.day);
        let told = (Timestamp::start_of_day(first), Timestamp::start_of_day(last.saturating_add(1)));
        let (held, batch) = (PublicTrades::default(), PublicTrades::default());
        let tape = TapeTrades { reader: tape.trades_reader().between(from, until), held, taken: 0 };
        Some(FeedTrades { tape: Some(tape), told, batch })
    }

    /// Returns those that are made with the rows.
    pub fn made() -> FeedTrades {
        let told = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        FeedTrades { tape: None, told, batch: PublicTrades::default() }
    }

    /// Returns the time from which, and that before which, all trades are told.
    pub fn told(&self) -> (Timestamp, Timestamp) {
        self.told
    }

    /// Returns the trades of the batch.
    pub fn batch(&self) -> &PublicTrades {
        &self.batch
    }

    /// Returns them for those who make them.
    pub fn batch_mut(&mut self) -> &mut PublicTrades {
        &mut self.batch
    }

    /// Replaces the batch by the tape's next trades that are not later than `until`.
    ///
    /// # Errors
    /// The tape is damaged; the batch has the trades before.
    pub fn take_until(&mut self, until: i64) -> Result<(), TapeError> {
        let Some(TapeTrades { reader, held, taken }) = &mut self.tape else { return Ok(()) };
        self.batch.clear();
        loop {
            let end = *taken + held.time[*taken..].partition_point(|&time| time <= until);
            self.batch.append_part(held, *taken..end);
            *taken = end;
            if end < held.len() {
                return Ok(());
            }
            *taken = 0;
            if !reader.next_batch(held)? {
                return Ok(());
            }
        }
    }
}
