//! The lower estimate beside a run whose orders queue: the same run under `touch`, on a thread of its own.

use std::thread::{Builder, JoinHandle};

use host_core::QuotesView;
use host_report::{About, Report};
use host_sim::fill::FillModel;

use crate::drive::{Observer, RunEnd, conclude, drive};
use crate::error::{Result, SessionError};
use crate::feed::Feed;
use crate::feed_lead;
use crate::session::Session;
use crate::setup::{LoadedStrategy, Setup, Window};
use crate::start::Start;
use crate::step_log::StepOutput;
use crate::stop::{StopFlag, StopSignal};

/// Stack of its thread, in bytes, beside that of the strategies.
const STACK_BYTES: usize = 4 << 20;

/// The run under `touch`, while it goes on.
#[derive(Debug)]
pub struct LowerEstimate {
    thread: JoinHandle<Option<Report>>,
    /// Ends it early. It is not the flag of the run beside it: one that was stopped has no lower estimate.
    stop: StopFlag,
}

impl LowerEstimate {
    /// Begins the run of `setup` from `start` over the rows that `feed` returns, which are those of the run beside it.
    /// It follows that one's feed, `leader`, batch by batch: it decides nothing which that one has not survived.
    /// Its strategies log nothing, and its decisions are not proven: they are those of the other run, unless a strategy
    /// sees its fills, and it is shown rows in the same way. Returns `None` if the fill model is not `queue`.
    ///
    /// # Errors
    /// The system starts no thread.
    pub fn begin(
        setup: &Setup,
        start: &Start,
        window: Window,
        about: About,
        (leader, feed): (&mut Feed, impl FnOnce() -> Result<Feed> + Send + 'static),
    ) -> Result<Option<LowerEstimate>> {
        if setup.exchange.fill_model != FillModel::Queue {
            return Ok(None);
        }
        let mut setup = Setup { proof: None, ..setup.clone() };
        setup.exchange.fill_model = FillModel::Touch;
        for LoadedStrategy { component, .. } in &mut setup.strategies {
            *component = component.without_log();
        }
        let about = About { fill_model: FillModel::Touch.to_string(), flatters: None, ..about };
        let (start, stop) = (start.clone(), StopFlag::default());
        let (stopped, stack) = (stop.clone(), setup.sandbox.stack_bytes.saturating_add(STACK_BYTES));
        let (leading, following) = feed_lead::pair(stop.clone());
        leader.lead(leading);
        let feed = move || Ok(feed()?.following(following));
        let run = move || run(&setup, &start, window, about, feed, &stopped).ok().flatten();
        let thread = Builder::new().name("touch".to_owned()).stack_size(stack).spawn(run);
        Ok(Some(LowerEstimate { thread: thread.map_err(SessionError::NoThread)?, stop }))
    }

    /// Returns its report once it has ended; `None` if it did not see all rows. If the run beside it did not, as
    /// `is_whole` says, it is cut short.
    pub fn finish(self, is_whole: bool) -> Option<Report> {
        if !is_whole {
            self.stop.request(StopSignal::Interrupt);
        }
        let report = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        report.filter(|_| is_whole)
    }
}

fn run(
    setup: &Setup,
    start: &Start,
    window: Window,
    about: About,
    feed: impl FnOnce() -> Result<Feed>,
    stop: &StopFlag,
) -> Result<Option<Report>> {
    let mut feed = feed()?;
    let mut session = setup.session(&feed, start, window)?;
    let end = drive(&mut session, &mut feed, None, stop, &mut Unwatched);
    let (report, _) = conclude(session, &end, about, 0.0);
    Ok(matches!(end, RunEnd::Feed).then(|| report.as_estimate()))
}

/// Takes no notice: figures come from the report.
struct Unwatched;

impl Observer for Unwatched {
    fn on_scores(&mut self, _: QuotesView<'_>, _: &[f64]) -> Result<()> {
        Ok(())
    }

    fn on_output(&mut self, _: StepOutput, _: &Session) -> Result<()> {
        Ok(())
    }
}
