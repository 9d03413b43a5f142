//! Drives a session from its feed's first row to its last, to Ctrl-C, or to the last strategy's fault; whatever ends it,
//! what was computed before is kept.

use std::thread;
use std::time::{Duration, Instant};

use host_core::{QuotesView, SlotId, Span, Timestamp};
use host_report::{Report as Figures, RunFigures};
use host_store::tape::TapeError;

use super::feed::Feed;
use super::session::Session;
use super::steps::Happened;
use crate::error::{Report, Result};
use crate::interrupt::Interrupt;

/// Why a run ended.
#[derive(Debug)]
pub enum End {
    /// Nothing more came.
    Feed,
    /// The user asked for it.
    Interrupted,
    /// No strategy is left that answers.
    Faulted,
    /// The tape is damaged from here on.
    Damaged(TapeError),
    /// What happened could no longer be written down: a full disk.
    Unwritable(Report),
}

/// Who is shown what happens: journal, scores, progress line.
pub trait Observer {
    /// Rows that the strategy in the first slot scored, a score each.
    ///
    /// # Errors
    /// They cannot be written down.
    fn on_scores(&mut self, rows: QuotesView<'_>, scores: &[f64]) -> Result<()>;

    /// What happened in a batch.
    ///
    /// # Errors
    /// It cannot be written down.
    fn on_happened(&mut self, happened: Happened, session: &Session) -> Result<()>;
}

/// How fast simulated time goes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Simulated seconds per second.
    pub speed: f64,
    /// Simulated time from which on it is kept; before, time flies.
    pub from: Timestamp,
}

/// Runs `session` over `feed`. Whatever ends it is no reason to lose what was computed before.
pub fn drive(
    session: &mut Session,
    feed: &mut Feed,
    pace: Option<Pace>,
    interrupt: &Interrupt,
    observer: &mut impl Observer,
) -> End {
    run_to_end(session, feed, pace, interrupt, observer).unwrap_or_else(End::Unwritable)
}

fn run_to_end(
    session: &mut Session,
    feed: &mut Feed,
    pace: Option<Pace>,
    interrupt: &Interrupt,
    observer: &mut impl Observer,
) -> Result<End> {
    let mut clock = pace.map(Clock::new);
    let ahead = clock.is_none();
    let feedback = session.engine().manifest(SlotId(0)).is_some_and(|manifest| manifest.feedback);
    loop {
        let batch = match feed.next_batch() {
            Ok(Some(batch)) => batch,
            Ok(None) => {
                session.settle_rest();
                return Ok(End::Feed);
            }
            Err(error) => return Ok(End::Damaged(error)),
        };
        // In simulated time nothing is shown before it is due: a run that is killed has been told what its journal says.
        match ahead {
            true => session.open_batch(&batch),
            false => session.list_batch(&batch),
        }
        if ahead && !feedback {
            show_scores(session, batch.polled, observer)?;
        }
        let (mut row, mut shown) = (0, 0);
        while row < batch.polled.len() {
            if let Some(clock) = &mut clock {
                clock.wait_for(Timestamp(batch.polled.time[row]), interrupt);
                observer.on_happened(session.take(), session)?;
            }
            if interrupt.is_asked() {
                return Ok(End::Interrupted);
            }
            let from = row;
            (row, shown) = session.run_poll(&batch, row, shown);
            if feedback || !ahead {
                show_scores(session, batch.polled.slice(from..row), observer)?;
            }
            if session.engine().running_slots() == 0 {
                observer.on_happened(session.take(), session)?;
                return Ok(End::Faulted);
            }
        }
        session.close_batch(&batch, shown);
        observer.on_happened(session.take(), session)?;
    }
}

fn show_scores(session: &Session, rows: QuotesView<'_>, observer: &mut impl Observer) -> Result<()> {
    match session.engine().decisions(SlotId(0)) {
        Some(decisions) if decisions.scores.len() == rows.len() => observer.on_scores(rows, &decisions.scores),
        _ => Ok(()),
    }
}

/// Lets simulated time pass no faster than it may.
struct Clock {
    pace: Pace,
    started: Option<Instant>,
}

impl Clock {
    fn new(pace: Pace) -> Clock {
        Clock { pace, started: None }
    }

    /// Sleeps until `time` is due, in short naps so that Ctrl-C is heard.
    fn wait_for(&mut self, time: Timestamp, interrupt: &Interrupt) {
        let passed = time - self.pace.from;
        if passed <= Span::ZERO {
            return;
        }
        let started = *self.started.get_or_insert_with(Instant::now);
        let due = started + Duration::from_secs_f64(passed.as_seconds() / self.pace.speed);
        while !interrupt.is_asked() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// Ends `session` and reports on it. `source` says where its rows came from; `seconds` is how long it took.
pub fn conclude(mut session: Session, source: &str, seconds: f64) -> (Figures, Happened) {
    session.finish();
    let happened = session.take();
    let (engine, recorder, markets) = session.into_parts();
    let (polls, updates) = engine.seen();
    let names = (0..).map_while(|slot| engine.manifest(SlotId(slot))).map(|manifest| manifest.name.clone());
    let figures = RunFigures {
        updates,
        polls,
        seconds,
        end: Some(engine.now()),
        strategies: names.collect(),
        ..RunFigures::of(engine.portfolio())
    };
    let mut report = recorder.finish(&figures, &markets);
    report.notes.insert(0, format!("data: {source}"));
    (report, happened)
}
