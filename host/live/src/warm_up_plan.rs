//! The part of the recording that warms strategies up: as many polls as their span has at the interval in force,
//! however far back they reach. Hours in which no host ran do not count.

use std::collections::VecDeque;

use host_core::{Quotes, Span, Timestamp};
use host_session::setup::Setup;
use host_store::recording::Recording;

use crate::error::{LiveError, Result};

/// The rows that strategies are warmed up with, and when they may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUpPlan {
    /// Rows before this are not needed.
    pub from: Timestamp,
    /// The time from which signals count: once the missing polls have come.
    pub trade_from: Timestamp,
}

impl WarmUpPlan {
    /// Plans a start at `now`. `unrecorded` polls are about to be added to the recording. If all strategies go on from
    /// their states (`is_cold` is false), none waits, and the rows are for prices alone.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn new(
        setup: &Setup,
        recording: &Recording,
        now: Timestamp,
        unrecorded: u64,
        is_cold: bool,
    ) -> Result<WarmUpPlan> {
        let span = setup.warm_up();
        let needed = setup.warm_up_polls().saturating_sub(unrecorded);
        if !is_cold || needed == 0 {
            return Ok(WarmUpPlan { from: now - span, trade_from: now });
        }
        let mut reach = span;
        loop {
            let from = now - reach;
            let times = last_polls(recording, from, now + Span(1), needed)?;
            let oldest = times.front().copied().unwrap_or(now);
            let lacking = needed - times.len() as u64;
            if lacking == 0 {
                return Ok(WarmUpPlan { from: oldest.min(now - span), trade_from: now });
            }
            if !is_recorded_before(recording, from)? {
                let wait = setup.poll_interval * i64::try_from(lacking).unwrap_or(i64::MAX);
                return Ok(WarmUpPlan { from: now - reach, trade_from: now + wait });
            }
            reach = reach + reach;
        }
    }
}

/// Returns the times of the last polls of the recording between two times, at most `most`.
fn last_polls(recording: &Recording, from: Timestamp, until: Timestamp, most: u64) -> Result<VecDeque<Timestamp>> {
    let mut rows = recording.rows_between(from, until).map_err(LiveError::RecordingFailed)?;
    let (mut times, mut batch) = (VecDeque::new(), Quotes::default());
    while rows.next_batch(&mut batch).map_err(LiveError::RecordingFailed)? {
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

fn is_recorded_before(recording: &Recording, time: Timestamp) -> Result<bool> {
    let mut rows = recording.rows_between(Timestamp(i64::MIN), time).map_err(LiveError::RecordingFailed)?;
    rows.next_batch(&mut Quotes::default()).map_err(LiveError::RecordingFailed)
}
