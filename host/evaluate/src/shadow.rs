//! The back test of a run's own period, from what the run itself recorded: the same strategies, parameters, limits and
//! rows, with simulated fills.

use std::path::{Path, PathBuf};

use host_core::{QuotesView, Record, Settlement, Span, Timestamp};
use host_report::{About, Window};
use host_sandbox::{Cache, Sandbox, SandboxLimits};
use host_session::drive::{Observer, RunEnd, conclude, drive};
use host_session::echo::Telling;
use host_session::feed::Feed;
use host_session::kept_run::KeptRun;
use host_session::proof::seed::ProofSeed;
use host_session::replay::source::JournalSource;
use host_session::row_history::RowHistory;
use host_session::run_journal::RunAbout;
use host_session::schedule::Schedule;
use host_session::session::Session;
use host_session::setup::{LoadedStrategy, Setup};
use host_session::start::{Beginning, Start};
use host_session::step_log::StepOutput;
use host_session::{SessionError, StopFlag};
use host_sim::fill::ExchangeSettings;
use host_store::journal::{Journal, Mode, RunInfo};
use host_store::tape::{Listing, SourceKind, Tape, TapeSource, TapeWriter};

use crate::error::{EvaluateError, Result};
use crate::run::RunSource;

/// The settings of a back test that a run's journal does not decide.
#[derive(Debug)]
pub struct ShadowSettings {
    pub exchange: ExchangeSettings,
    /// Changes of the limits by the hour, at the stage of the run.
    pub schedule: Schedule,
    /// The description of what the figures are of.
    pub about: About,
    /// The user's own limits: the run's hold only as far as these allow.
    pub sandbox: SandboxLimits,
    /// The configuration, as TOML, for the journal.
    pub config: String,
    /// The command line, so that it can be made again.
    pub command: Vec<String>,
}

/// Makes the back test of the period of `source`, and keeps it in the folder `runs`. Returns its folder.
///
/// # Errors
/// The run has no journal, period, strategies or rows that this host can read; or the back test was cut short.
pub fn backtest(
    source: &RunSource,
    settings: ShadowSettings,
    runs: &Path,
    cache: &Cache,
    stop: &StopFlag,
) -> Result<PathBuf> {
    let none = |reason: &str| EvaluateError::NoShadow { name: source.name.clone(), reason: reason.to_owned() };
    let (journal, info) = source.journal.as_ref().ok_or_else(|| none("it has no journal"))?;
    let started = source.start.as_ref().ok_or_else(|| none("its start cannot be read by this host"))?;
    let window = source.period().ok_or_else(|| none("it has traded at no time"))?;
    let setup = setup(source, journal, started, &settings, cache)?;
    let scratch = tempfile::tempdir().map_err(|error| none(&format!("no temporary folder can be made: {error}")))?;
    let from = match info.mode {
        // The embedded exchange shows its whole history to all strategies, whatever they ask for.
        Mode::Paper => window.from().min(Timestamp(0)),
        _ => Timestamp(window.from().0.saturating_sub(setup.warm_up().0)),
    };
    let rows = Window::new(from, window.until()).unwrap_or(window);
    let tape = tape(source, journal, info, rows, &scratch.path().join("tape"))?;
    let reader = tape.reader().between(rows.from(), rows.until());
    let mut feed = Feed::tape(&tape, reader, None).map_err(SessionError::Interval)?.between(rows.from(), rows.until());
    let start = waiting(setup.beginning(&feed, window.from()), started);
    let (session, lines) = setup.drawn_session(&feed, &start, window, &mut Telling::default())?;
    let mut session = session.logged();
    let about = RunAbout {
        mode: Mode::Backtest,
        command: settings.command,
        repeats: Some(source.name.clone()),
        data: format!("recording of {}", source.name),
        data_digest: info.data_digest.clone(),
        seed: info.seed,
        resumes: false,
    };
    let kept = KeptRun::begin(runs, None, about, &setup, &start, feed.markets())?.drawing(lines);
    let mut watch = Keeper { kept };
    let end = drive(&mut session, &mut feed, None, stop, &mut watch);
    let failed = match &end {
        RunEnd::Feed => None,
        RunEnd::LookedAhead(difference) => {
            // Its figures count for nothing; that the folder stays would be said less well than this.
            let _ = watch.kept.discard();
            return Err(SessionError::LookedAhead(difference.clone()).into());
        }
        RunEnd::Interrupted(_) => Some("it was cut short".to_owned()),
        RunEnd::Faulted => Some("its strategies failed".to_owned()),
        RunEnd::Damaged(error) => Some(error.to_string()),
        RunEnd::Unwritable(error) => Some(error.to_string()),
    };
    if let Some(reason) = failed {
        return Err(none(&reason));
    }
    let (mut report, output) = conclude(session, &end, settings.about, 0.0);
    (report.data_digest, report.components) = (Some(info.data_digest.clone()), setup.components());
    Ok(watch.kept.finish(output, &report)?.folder)
}

/// Returns `start` with the waits of a run that was `started`: what its strategies waited for, the back test's do too.
fn waiting(start: Start, started: &Start) -> Start {
    // An account's are of its last session.
    let is_whole = matches!(started.from, Beginning::Fresh { .. });
    let waits = (0..started.strategies.len()).filter(|_| is_whole).filter_map(|place| {
        let until = started.waits.get(&started.slot(place).number)?;
        Some((start.slot(place).number, *until))
    });
    Start { waits: waits.collect(), ..start }
}

fn setup(
    source: &RunSource,
    journal: &Journal,
    started: &Start,
    settings: &ShadowSettings,
    cache: &Cache,
) -> Result<Setup> {
    let kept = JournalSource::new(journal, cache.clone(), settings.sandbox.clone());
    let limits = kept.limits(started);
    let sandbox = Sandbox::new(limits.clone(), cache.clone()).map_err(SessionError::from)?;
    let load = |(place, strategy)| -> Result<LoadedStrategy> {
        let bytes = kept.bytes(strategy)?;
        let name = format!("the journal's copy of `{}`", strategy.name);
        let signature = kept.signature(strategy);
        let component = sandbox.load_signed(&name, &bytes, signature.as_deref()).map_err(SessionError::from)?;
        Ok(LoadedStrategy { slot: started.slot(place).name, component, bytes, settings: started.settings(place) })
    };
    let capital = match &started.from {
        Beginning::Fresh { capital, .. } => *capital,
        Beginning::Restored { .. } => source.equity.first().map(|point| point.first).unwrap_or_default(),
    };
    Ok(Setup {
        capital,
        execution: started.execution.clone(),
        limits: started.limits.clone(),
        schedule: settings.schedule.clone(),
        exchange: settings.exchange.clone(),
        sandbox: limits,
        poll_interval: started.poll_interval,
        config: settings.config.clone(),
        strategies: started.strategies.iter().enumerate().map(load).collect::<Result<_>>()?,
        proof: Some(ProofSeed::drawn()),
    })
}

/// Returns the rows of the run as a tape: its own, or a new one at `path`.
fn tape(source: &RunSource, journal: &Journal, info: &RunInfo, rows: Window, path: &Path) -> Result<Tape> {
    let history = source.rows()?;
    if let RowHistory::Tape(tape, part) = history {
        if part.poll.is_some() {
            let reason = "its rows were sampled from a tape: run the back test on that tape".to_owned();
            return Err(EvaluateError::NoShadow { name: source.name.clone(), reason });
        }
        return Ok(*tape);
    }
    let mut writer = TapeWriter::create(path)?;
    let mut failed = None;
    history.between(rows.from(), rows.until(), &mut |rows: QuotesView<'_>| {
        if failed.is_none() {
            failed = writer.append(rows).err();
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let kind = match info.mode {
        Mode::Live | Mode::PaperAtVenue => SourceKind::Recorded,
        Mode::Backtest | Mode::Paper => SourceKind::Synthetic,
    };
    let source = TapeSource::new(kind, info.data.clone());
    let settlements = settlements(journal)?;
    let poll: Option<Span> = None;
    Ok(writer.finish(Listing { markets: info.markets.clone(), settlements, source, poll, inferred_ticks: 0 })?)
}

/// Returns what markets have paid, in time order.
fn settlements(journal: &Journal) -> Result<Vec<Settlement>> {
    let mut settlements = Vec::new();
    for record in journal.records_of(&["settled"]) {
        if let Record::Settled { market, time, outcome } = record? {
            settlements.push(Settlement { market, time, outcome });
        }
    }
    settlements.sort_by_key(|settlement| settlement.time);
    Ok(settlements)
}

/// Keeps what a back test makes.
struct Keeper {
    kept: KeptRun,
}

impl Observer for Keeper {
    fn on_scores(&mut self, _: QuotesView<'_>, _: &[f64]) -> Result<(), SessionError> {
        Ok(())
    }

    fn on_output(&mut self, output: StepOutput, _: &Session) -> Result<(), SessionError> {
        self.kept.take(output)
    }
}
