//! Drives a session from its feed's first row to its last, to a stop, or to the last strategy's fault. Whatever ends
//! it, everything computed before is kept.

use std::thread;
use std::time::{Duration, Instant};

use host_core::{QuotesView, SlotId, Span, Timestamp};
use host_report::{About, FillGround, FunnelFacts, Report, RunFigures, Stopped, StoppedBy};
use host_store::tape::TapeError;

use crate::error::{Result, SessionError};
use crate::feed::Feed;
use crate::proof::looked_ahead::LookedAhead;
use crate::session::Session;
use crate::step_log::StepOutput;
use crate::stop::{StopFlag, StopSignal};

/// The reason why a run ended.
#[derive(Debug)]
pub enum RunEnd {
    /// The feed has no more rows.
    Feed,
    /// A stop was requested, by this signal.
    Interrupted(StopSignal),
    /// No strategy is left that answers.
    Faulted,
    /// A decision was not the same without the rows after it: no figure of the run counts.
    LookedAhead(Box<LookedAhead>),
    /// The tape is damaged from here on.
    Damaged(TapeError),
    /// An observer can write no more: a full disk.
    Unwritable(SessionError),
}

impl RunEnd {
    /// Returns the cause of the stop if the run did not see its whole window.
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        match self {
            RunEnd::Feed => None,
            RunEnd::Interrupted(signal) => Some(signal.cause()),
            RunEnd::Faulted | RunEnd::LookedAhead(_) => Some(StoppedBy::Fault),
            RunEnd::Damaged(_) => Some(StoppedBy::Damage),
            RunEnd::Unwritable(_) => Some(StoppedBy::Unwritable),
        }
    }
}

/// A reader of what a session does: journal, scores, progress.
pub trait Observer {
    /// Takes rows that the strategy in the first slot scored, with a score for each.
    ///
    /// # Errors
    /// They cannot be written down.
    fn on_scores(&mut self, rows: QuotesView<'_>, scores: &[f64]) -> Result<()>;

    /// Takes what a batch, or a poll of it, made.
    ///
    /// # Errors
    /// It cannot be written down.
    fn on_output(&mut self, output: StepOutput, session: &Session) -> Result<()>;
}

/// The pace of simulated time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Simulated seconds per second.
    pub speed: f64,
    /// Simulated time from which the pace is kept; before, the run goes as fast as it can.
    pub from: Timestamp,
}

/// Runs `session` over `feed`. Whatever ends it is no reason to lose what was computed before.
pub fn drive(
    session: &mut Session,
    feed: &mut Feed,
    pace: Option<Pace>,
    stop: &StopFlag,
    observer: &mut impl Observer,
) -> RunEnd {
    let end = run_to_end(session, feed, pace, stop, observer).unwrap_or_else(RunEnd::Unwritable);
    // Whatever ended it: what was decided before is proven, or counts for nothing.
    session.finish_proof().map_or_else(RunEnd::LookedAhead, |()| end)
}

fn run_to_end(
    session: &mut Session,
    feed: &mut Feed,
    pace: Option<Pace>,
    stop: &StopFlag,
    observer: &mut impl Observer,
) -> Result<RunEnd> {
    let mut pacer = pace.map(Pacer::new);
    let ahead = pacer.is_none();
    let feedback = session.engine().manifest(SlotId(0)).is_some_and(|manifest| manifest.feedback);
    loop {
        let batch = match feed.next_batch() {
            Ok(Some(batch)) => batch,
            Ok(None) => {
                session.settle_rest();
                return Ok(RunEnd::Feed);
            }
            Err(error) => return Ok(RunEnd::Damaged(error)),
        };
        let (mut row, mut shown, mut previewed, mut scored) = (0, 0, 0, 0);
        while row < batch.polled.len() {
            // In simulated time nothing is shown before it is due: a run that is killed has been told what its journal
            // says.
            if ahead && row == previewed {
                previewed = session.preview(&batch, row);
                if !feedback && show_scores(session, batch.polled.slice(row..previewed), observer)? {
                    scored = previewed;
                }
            }
            if let Some(pacer) = &mut pacer {
                pacer.wait_for(Timestamp(batch.polled.time[row]), stop);
                observer.on_output(session.take(), session)?;
            }
            if let Some(signal) = stop.requested() {
                return Ok(RunEnd::Interrupted(signal));
            }
            let from = row;
            (row, shown) = session.run_poll(&batch, row, shown);
            if row > scored {
                show_scores(session, batch.polled.slice(from..row), observer)?;
            }
            if session.engine().running_slots() == 0 {
                observer.on_output(session.take(), session)?;
                return Ok(RunEnd::Faulted);
            }
        }
        session.close_batch(&batch, shown);
        observer.on_output(session.take(), session)?;
        if session.has_failed_proof() {
            return Ok(RunEnd::Feed);
        }
    }
}

/// Shows the scores that the first strategy gave on `rows`, which it was shown last. Returns false if it gave none.
fn show_scores(session: &Session, rows: QuotesView<'_>, observer: &mut impl Observer) -> Result<bool> {
    let decisions = session.engine().decisions(SlotId(0));
    match decisions.filter(|decisions| decisions.scores.len() == rows.len()) {
        Some(decisions) => observer.on_scores(rows, &decisions.scores).map(|()| true),
        None => Ok(false),
    }
}

/// Keeps simulated time from passing faster than the pace.
struct Pacer {
    pace: Pace,
    started: Option<Instant>,
}

impl Pacer {
    fn new(pace: Pace) -> Pacer {
        Pacer { pace, started: None }
    }

    /// Sleeps until `time` is due, in short naps so that a stop is noticed.
    fn wait_for(&mut self, time: Timestamp, stop: &StopFlag) {
        let passed = time - self.pace.from;
        if passed <= Span::ZERO {
            return;
        }
        let started = *self.started.get_or_insert_with(Instant::now);
        let due = started + Duration::from_secs_f64(passed.as_seconds() / self.pace.speed);
        while !stop.is_requested() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// Ends `session`, whose run came to `end`, and returns its report. `about` says what it is of; `seconds` is the run's
/// real time.
pub fn conclude(mut session: Session, end: &RunEnd, about: About, seconds: f64) -> (Report, StepOutput) {
    session.finish();
    let output = session.take();
    let data = format!("data: {}", about.data);
    let funnel = FunnelFacts { fill_model: about.fill_model.clone(), ..session.funnel_facts() };
    let (proof, ground) = (session.proven(), session.ground());
    let ground =
        FillGround { orders: ground.joined, unknown_place: ground.unknown, without_trades: ground.without_trades };
    let (engine, recorder, markets) = session.into_parts();
    let (polls, updates) = engine.seen();
    let figures = RunFigures {
        updates,
        polls,
        seconds,
        stopped: end.stopped_by().map(|by| Stopped { at: engine.now(), by }),
        funnel: Some(funnel),
        about: Some(about),
        proof,
        fill_ground: Some(ground).filter(|ground| ground.orders > 0),
        strategies: engine.slot_names().map(str::to_owned).collect(),
        ..RunFigures::of(engine.portfolio())
    };
    let mut report = recorder.finish(&figures, &markets);
    report.notes.insert(0, data);
    (report, output)
}
