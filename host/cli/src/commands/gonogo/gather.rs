//! Gathers what the criteria are judged by.

use std::path::Path;

use host_core::{SlotId, Timestamp};
use host_evaluate::compare::{Line, compare};
use host_evaluate::gonogo::{
    ExplainedShare, Findings, GoNoGo, PaperFound, PaperRun, Papered, Replayed, judge, latest_of, paper_runs,
};
use host_evaluate::run::RunSource;
use host_live::account_dir::AccountDir;
use host_monitor::alerts::channels;
use host_sandbox::trust::TradingMode;
use host_session::SessionError;
use host_session::replay::source::JournalSource;
use host_session::replay::verify::verify;
use host_session::setup::LoadedStrategy;
use host_session::stage::{StageEvidence, evidence};
use host_session::start::{NamedSlot, Started};
use host_store::journal::StrategyInfo;
use host_store::runs::{RunState, list};
use host_store::{decisions, drills};

use super::super::named_run::{self, NamedRun};
use super::super::shadow::shadow_backtest;
use super::super::unset_limits::unset_limits;
use super::terms::digest_of;
use crate::config::{Config, Loaded};
use crate::context::Context;
use crate::strategies::load::user_cache;
use crate::terminal::error::{Report, Result};
use crate::terminal::progress::Progress;

/// The account and the strategies that are asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) folder: &'a AccountDir,
    /// The strategies that are to trade; `None`: those that the account trades, or those of the latest paper run.
    pub(super) strategies: Option<&'a [StrategyInfo]>,
    /// The paper run that was named.
    pub(super) paper: Option<&'a str>,
    /// True if what takes long is looked at although other criteria are not met.
    pub(super) whole: bool,
}

/// The verdict, and the account's name.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) verdict: GoNoGo,
    pub(super) account: String,
}

/// Describes `strategies` as the journal of a run does.
pub(super) fn infos(strategies: &[LoadedStrategy]) -> Vec<StrategyInfo> {
    let info = |strategy: &LoadedStrategy| {
        let slot = NamedSlot { number: SlotId(0), name: strategy.slot.clone() };
        let Started { version, sha256, parameters, .. } = Started::of(slot, &strategy.component, &strategy.settings);
        StrategyInfo { slot: SlotId(0), name: strategy.slot.clone(), version, sha256, parameters }
    };
    strategies.iter().map(info).collect()
}

/// Gathers the findings and judges them.
///
/// # Errors
/// A run, the account or what people decided cannot be read.
pub(super) fn judged(asked: &Asked<'_>, loaded: &Loaded, context: &Context) -> Result<Gathered> {
    let config = &loaded.config;
    let (paper, source) = paper(asked, config)?;
    let mut findings = Findings {
        now: Timestamp(host_system::clock::unix_nanos()),
        paper_place: source.as_ref().map_or_else(String::new, |(run, _)| run.path.display().to_string()),
        paper,
        explained: None,
        replayed: None,
        drills: drills::read(asked.folder.path()).map_err(|error| unread(&error))?,
        limits: digest_of(&config.risk),
        unset_limits: unset_limits(loaded).iter().map(|limit| limit.key.to_owned()).collect(),
        runbook: runbook(&config.gonogo.runbook),
        phone: phone(config),
        channels: channels(&config.alerts).map_or(0, |channels| channels.len()),
        stage: stage(asked.folder, config)?,
        decisions: decisions::read(asked.folder.path()).map_err(|error| unread(&error))?,
    };
    if let Some((_, source)) = source
        && (asked.whole || findings.is_worth_a_look(&config.gonogo))
    {
        findings.replayed = Some(replayed(&source, context));
        findings.explained = Some(explained(source, context));
    }
    Ok(Gathered { verdict: judge(&findings, &config.gonogo), account: asked.folder.reference() })
}

fn unread(error: &dyn std::error::Error) -> Report {
    Report::user("the evidence cannot be read").because_of(error)
}

/// Returns the findings about the paper run that speaks, with the run itself.
fn paper(asked: &Asked<'_>, config: &Config) -> Result<(PaperFound, Option<(PaperRun, RunSource)>)> {
    let none = |why: &str, cure: &str| Ok((PaperFound::None { why: why.to_owned(), cure: cure.to_owned() }, None));
    let cure = "`host run --strategy X.wasm --venue kalshi --for 21d` trades on paper";
    let runs = paper_runs(&config.runs.folder, &config.live.folder).map_err(|error| unread(&error))?;
    let own = match asked.folder.journal().is_file() {
        true => PaperRun::open(asked.folder.path()).map_err(|error| unread(&error))?,
        false => None,
    };
    let wanted = asked.strategies.or(own.as_ref().map(|own| own.strategies.as_slice()));
    let run = match (asked.paper, wanted) {
        (Some(name), _) => Some(named(name, config)?),
        (None, Some(wanted)) => latest_of(&runs, wanted).cloned(),
        (None, None) => runs.last().cloned(),
    };
    let Some(run) = run else {
        return match runs.last() {
            None => none("there is no paper run", cure),
            Some(last) => {
                let other = host_evaluate::gonogo::differences(wanted.unwrap_or_default(), &last.strategies).join("; ");
                none(&format!("no paper run had exactly these strategies; in {}, {other}", last.name()), cure)
            }
        };
    };
    let name = run.name();
    let source = RunSource::open(&run.path, &name).map_err(|error| unread(&error))?;
    let running = source.state == Some(RunState::Running) || AccountDir::at(run.path.clone()).is_locked();
    let wanted = wanted.unwrap_or(&run.strategies);
    match Papered::read(&run, &source, wanted, running).map_err(|error| unread(&error))? {
        Some(papered) => Ok((PaperFound::Run(Box::new(papered)), Some((run, source)))),
        None => none(&format!("{name} has traded at no time yet"), cure),
    }
}

/// Returns the paper run that a person named.
fn named(name: &str, config: &Config) -> Result<PaperRun> {
    let folder = match named_run::find(name, config)? {
        NamedRun::Kept(run) => run.path,
        NamedRun::Account(folder) => folder,
    };
    let account = AccountDir::at(folder.clone());
    let is_real = account.journal().is_file() && account.mode() == TradingMode::Live;
    let run = match is_real {
        true => None,
        false => PaperRun::open(&folder).map_err(|error| unread(&error))?,
    };
    run.ok_or_else(|| {
        Report::user(format!("`{name}` is no paper run"))
            .hint("`host runs list` lists them; `paper:NAME` is an account")
    })
}

/// Replays the run.
fn replayed(source: &RunSource, context: &Context) -> Result<Replayed, String> {
    let (journal, _) = source.journal.as_ref().ok_or("it has no journal")?;
    let read = |report: Report| report.render(false).to_string();
    let (trust, sandbox) = (context.trust().map_err(read)?, context.sandbox().map_err(read)?);
    let events = journal.count_events().map_err(|error| error.to_string())?;
    let progress = Progress::bar(&context.ui, "replay", events, "events");
    let replay = JournalSource::new(journal, user_cache(&trust), sandbox);
    let found = verify(journal, &replay, &mut |done| progress.advance_to(done));
    drop(progress);
    let found = found.map_err(|error: SessionError| error.to_string())?;
    let difference =
        found.difference.map(|first| format!("event {} of {} differs: {}", first.event, first.time, first.what));
    match difference {
        None if !found.identical => Err("it has no events to replay".to_owned()),
        None if !found.unchecked.is_empty() => {
            let version = found.unchecked.last().map_or("", |session| session.engine_version.as_str());
            Err(format!("host {version} decided a part of it, which this version cannot check"))
        }
        difference => Ok(Replayed { events: found.events, difference }),
    }
}

/// Compares the run with the back test of what it saw: one that is kept already, or a new one.
fn explained(source: RunSource, context: &Context) -> Result<ExplainedShare, String> {
    let said = |report: Report| report.render(false).to_string().replace('\n', " ");
    let runs = context.config().map_err(said)?.config.runs.folder;
    let shadow = match kept_shadow(&runs, &source) {
        Some(shadow) => shadow,
        None => shadow_backtest(&source, context).map_err(said)?,
    };
    let comparison = compare(&[shadow, source]);
    let Some(difference) = comparison.differences.first() else { return Err("nothing was compared".to_owned()) };
    let Some(split) = &difference.split else {
        return Err(difference.not_split.clone().unwrap_or_else(|| "the difference cannot be split".to_owned()));
    };
    let left = split.lines.iter().find(|line| line.line == Line::NotExplained);
    let not_explained = left.map(|line| line.sum.amount.0).unwrap_or_default();
    Ok(ExplainedShare { difference: split.difference.0, not_explained })
}

/// Returns the back test of `source` that was made since its end, if one is kept.
fn kept_shadow(runs: &Path, source: &RunSource) -> Option<RunSource> {
    let ended = source.info()?.ended?.to_string();
    let kept = list(runs).ok()?.into_iter().rfind(|run| {
        let facts = &run.facts;
        run.state == RunState::Ended
            && facts.repeats.as_deref() == Some(source.name.as_str())
            && facts.engine_version == env!("CARGO_PKG_VERSION")
            && facts.started >= ended
    })?;
    RunSource::open(&kept.path, &kept.facts.id).ok()
}

/// Returns the place of the runbook.
fn runbook(own: &Path) -> Result<String, String> {
    if own.as_os_str().is_empty() {
        return Ok(format!("host/docs/RUNBOOK.md of host {}", env!("CARGO_PKG_VERSION")));
    }
    match own.metadata() {
        Ok(found) if found.len() > 0 => Ok(own.display().to_string()),
        Ok(_) => Err(format!("the runbook {} is empty", own.display())),
        Err(error) => Err(format!("the runbook {} cannot be read: {error}", own.display())),
    }
}

/// Returns how a phone reaches the page of the kill switch.
fn phone(config: &Config) -> Result<String, String> {
    let dashboard = &config.dashboard;
    let address = dashboard.browser_url();
    match () {
        () if !dashboard.enabled => Err("dashboard.enabled is false: a live host serves no page".to_owned()),
        () if dashboard.listen.ip().is_loopback() && dashboard.url.is_empty() => {
            Err(format!("its page, {address}, is served to this machine alone"))
        }
        () => Ok(format!("its page is at {address}")),
    }
}

/// Returns what speaks for the next stage of an account that has traded.
fn stage(folder: &AccountDir, config: &Config) -> Result<Option<StageEvidence>> {
    match folder.journal().is_file() {
        true => Ok(evidence(folder.path(), &config.capital.stage_rules(), folder.is_locked())?),
        false => Ok(None),
    }
}
