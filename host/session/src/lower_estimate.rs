//! The lower estimate beside a run whose orders queue: the same run under `touch`, on a thread of its own.

use std::thread::{Builder, JoinHandle};

use host_core::{QuotesView, Strategy};
use host_report::{About, Report};
use host_sim::fill::FillModel;

use crate::drive::{Observer, RunEnd, conclude, drive};
use crate::echo::Telling;
use crate::error::{Result, SessionError};
use crate::feed::Feed;
use crate::proof::RunProof;
use crate::session::Session;
use crate::setup::{LoadedStrategy, Setup, Window};
use crate::start::Start;
use crate::step_log::StepOutput;
use crate::stop::{StopFlag, StopSignal};

/// Stack of its thread, in bytes, beside that of the strategies.
const STACK_BYTES: usize = 4 << 20;

/// The run under `touch`, before the run beside it has begun.
#[derive(Debug, Default)]
pub struct PlannedEstimate {
    telling: Telling,
    /// Ends it early; `None` if there will be none. It is not the flag of the run beside it: one that was stopped has
    /// no lower estimate.
    stop: Option<StopFlag>,
}

/// The run under `touch`, while it goes on.
#[derive(Debug)]
pub struct LowerEstimate {
    thread: JoinHandle<Option<Report>>,
    stop: StopFlag,
}

impl PlannedEstimate {
    /// Returns the plan for a run of `setup`; there is none if its fill model is not `queue`.
    pub fn of(setup: &Setup) -> PlannedEstimate {
        if setup.exchange.fill_model != FillModel::Queue {
            return PlannedEstimate::default();
        }
        let stop = StopFlag::default();
        PlannedEstimate { telling: Telling::until(stop.clone()), stop: Some(stop) }
    }

    /// Returns what the run beside it must tell its decisions to.
    pub fn telling(&mut self) -> &mut Telling {
        &mut self.telling
    }

    /// Begins the run of `setup` from `start` over the rows that `feed` returns, which are those of the run beside it.
    /// Its strategies decide as those of that run, and nothing before them; one that sees its fills decides for itself.
    /// They log nothing. Returns `None` if none was planned.
    ///
    /// # Errors
    /// The system starts no thread.
    pub fn begin(
        self,
        setup: &Setup,
        start: &Start,
        window: Window,
        about: About,
        feed: impl FnOnce() -> Result<Feed> + Send + 'static,
    ) -> Result<Option<LowerEstimate>> {
        let PlannedEstimate { telling, stop: Some(stop) } = self else { return Ok(None) };
        let mut setup = Setup { proof: None, ..setup.clone() };
        setup.exchange.fill_model = FillModel::Touch;
        let about = About { fill_model: FillModel::Touch.to_string(), flatters: None, ..about };
        let start = start.clone();
        let (stopped, stack) = (stop.clone(), setup.sandbox.stack_bytes.saturating_add(STACK_BYTES));
        let run = move || run(&setup, (&start, telling), window, about, feed, &stopped).ok().flatten();
        let thread = Builder::new().name("touch".to_owned()).stack_size(stack).spawn(run);
        Ok(Some(LowerEstimate { thread: thread.map_err(SessionError::NoThread)?, stop }))
    }
}

impl LowerEstimate {
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
    (start, telling): (&Start, Telling),
    window: Window,
    about: About,
    feed: impl FnOnce() -> Result<Feed>,
    stop: &StopFlag,
) -> Result<Option<Report>> {
    let instance = |(told, strategy): (Option<Box<dyn Strategy>>, &LoadedStrategy)| -> Result<Box<dyn Strategy>> {
        match told {
            Some(told) => Ok(told),
            None => Ok(Box::new(strategy.component.without_log().start(&strategy.settings)?)),
        }
    };
    let instances = telling.listeners().zip(&setup.strategies).map(instance).collect::<Result<Vec<_>>>()?;
    let mut feed = feed()?;
    let mut session = setup.session_of((instances, RunProof::default()), &feed, start, window)?;
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
