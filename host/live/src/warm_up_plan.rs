//! The part of the recording that warms strategies up: as many polls as their span has at the interval in force,
//! however far back they reach. Hours in which no host ran do not count.

use std::collections::VecDeque;

use host_core::{Quotes, Span, Timestamp};
use host_session::setup::polls_in;
use host_store::recording::{RecordingError, RowsBetween};

/// Reads the rows of a recording between two times.
pub type RowsOf<'a> = dyn Fn(Timestamp, Timestamp) -> Result<RowsBetween, RecordingError> + 'a;

/// The rows that strategies are warmed up with, and when they may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUpPlan {
    /// Rows before this are not needed.
    pub from: Timestamp,
    /// The time from which signals count: once the missing polls have come.
    pub trade_from: Timestamp,
}

impl WarmUpPlan {
    /// Plans a warm-up over `span` at `now`, where polls come in the interval given, from the recording that `rows`
    /// reads. `unrecorded` polls are about to be added to it.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn new(
        rows: &RowsOf<'_>,
        (span, poll): (Span, Span),
        now: Timestamp,
        unrecorded: u64,
    ) -> Result<WarmUpPlan, RecordingError> {
        let needed = polls_in(span, poll).saturating_sub(unrecorded);
        if needed == 0 {
            return Ok(WarmUpPlan::for_prices(span, now));
        }
        let mut reach = span;
        loop {
            let from = now - reach;
            let times = last_polls(rows, from, now + Span(1), needed)?;
            let oldest = times.front().copied().unwrap_or(now);
            let lacking = needed - times.len() as u64;
            if lacking == 0 {
                return Ok(WarmUpPlan { from: oldest.min(now - span), trade_from: now });
            }
            if !is_recorded_before(rows, from)? {
                let wait = poll * i64::try_from(lacking).unwrap_or(i64::MAX);
                return Ok(WarmUpPlan { from: now - reach, trade_from: now + wait });
            }
            reach = reach + reach;
        }
    }

    /// Plans a start at `now` in which all strategies go on from their states: none waits, and the rows of `span` are
    /// for prices alone.
    pub fn for_prices(span: Span, now: Timestamp) -> WarmUpPlan {
        WarmUpPlan { from: now - span, trade_from: now }
    }
}

/// Returns the times of the last polls of the recording between two times, at most `most`.
fn last_polls(
    rows: &RowsOf<'_>,
    from: Timestamp,
    until: Timestamp,
    most: u64,
) -> Result<VecDeque<Timestamp>, RecordingError> {
    let mut rows = rows(from, until)?;
    let (mut times, mut batch) = (VecDeque::new(), Quotes::default());
    while rows.next_batch(&mut batch)? {
        for &time in &batch.time {
            if times.back() != Some(&Timestamp(time)) {
                times.push_back(Timestamp(time));
            }
            if times.len() as u64 > most {
                times.pop_front();
            }
        }
    }
    Ok(times)
}

fn is_recorded_before(rows: &RowsOf<'_>, time: Timestamp) -> Result<bool, RecordingError> {
    rows(Timestamp(i64::MIN), time)?.next_batch(&mut Quotes::default())
}
