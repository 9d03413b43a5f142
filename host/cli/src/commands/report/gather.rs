//! Gathers what the figures and the tear sheet of a run need: its journal, its facts, and the operator's log.

use std::path::{Path, PathBuf};

use host_core::strategy::ParameterValue;
use host_pages::PageError;
use host_pages::tear_sheet::{self, HandEntry, ParameterText, RunOrigin, RunStrategy, Subject};
use host_report::{About, ComponentLine, LookAhead, Money, Origin, Proof, RunKind};
use host_session::SessionError;
use host_session::decisions;
use host_session::past::{self, Past};
use host_store::decisions::Decision;
use host_store::journal::{Journal, Mode, StrategyInfo};
use host_store::live::JOURNAL_FILE;
use host_store::runs::KeptRun;
use toml::Table;

use crate::commands::named_run::NamedRun;
use crate::commands::shadow::config_of;
use crate::commands::trade_args::about;
use crate::config::sections::CapitalSettings;
use crate::terminal::error::{Report, Result};

/// Number of markets whose prices are read: more than fit a page.
const MARKETS: usize = 96;

/// A run, with what its tear sheet shows.
pub struct Gathered {
    pub past: Past,
    by_hand: Option<Vec<HandEntry>>,
    origin: RunOrigin,
}

impl Gathered {
    /// Reads `run`; its prices only if they are `drawn`.
    ///
    /// # Errors
    /// Its journal cannot be read, or has no figures.
    pub fn of(run: &NamedRun, tape: Option<&Path>, drawn: bool) -> Result<Gathered> {
        let failed = |error: &dyn std::error::Error| Report::user("cannot report on the run").because_of(error);
        let path = match run {
            NamedRun::Kept(run) => run.journal(),
            NamedRun::Account(folder) => folder.join(JOURNAL_FILE),
        };
        let journal = Journal::open(&path).map_err(|error| failed(&error))?;
        let mut past = past::read(&journal, tape, if drawn { MARKETS } else { 0 })
            .map_err(|error| without_figures(error, &journal))?;
        let folder = match run {
            NamedRun::Kept(run) => &run.path,
            NamedRun::Account(folder) => folder,
        };
        if drawn {
            past::add_lines(&mut past, folder).map_err(|error| failed(&error))?;
        }
        let by_hand: Vec<HandEntry> = decisions::read(folder)?.into_iter().map(hand_entry).collect();
        // What can be done to a run by hand is to note something about it.
        let by_hand = (past.info.mode.is_account() || !by_hand.is_empty()).then_some(by_hand);
        if past.info.mode.is_account() {
            past.report.about = Some(about_account(&past));
            past.report.proof = Some(Proof { look_ahead: LookAhead::Impossible, decisions: 0 });
            past.report.complete = true;
            past.report.components = past.info.strategies.iter().map(component).collect();
        }
        let origin = origin(run, path, &past);
        Ok(Gathered { past, by_hand, origin })
    }

    /// Returns the run's tear sheet.
    ///
    /// # Errors
    /// As [`tear_sheet::html`].
    pub fn tear_sheet(&self) -> Result<String, PageError> {
        let Gathered { past, by_hand, origin } = self;
        tear_sheet::html(&Subject {
            report: &past.report,
            course: &past.course,
            equity: &past.equity,
            markets: &past.info.markets,
            limits: &past.limits,
            poll: past.poll,
            no_prices: past.no_prices.as_deref(),
            by_hand: by_hand.as_deref(),
            origin,
        })
    }
}

/// Returns the report of an error of reading the run of `journal`; it names the file if its figures are damaged.
fn without_figures(error: SessionError, journal: &Journal) -> Report {
    let is_damaged = matches!(error, SessionError::NoFigures(_)) && matches!(journal.summary(), Ok(Some(_)));
    let report = Report::from(error);
    match is_damaged {
        true => report.because(format!("its summary in `{}` is damaged", journal.path().display())),
        false => report,
    }
}

fn hand_entry(Decision { time, who, what, text, about }: Decision) -> HandEntry {
    let reason = about.map_or(text.clone(), |about| format!("{about}: {text}"));
    HandEntry { time, who, what, reason }
}

/// Returns what the figures of an account are of.
fn about_account(past: &Past) -> About {
    if past.info.mode == Mode::PaperAtVenue {
        let config = config_of(&past.info).unwrap_or_default();
        return about(RunKind::Paper, Origin::Recorded, &past.info.data, &config, None);
    }
    let config: Option<Table> = past.info.config.parse().ok();
    let capital = config.and_then(|mut config| config.remove("capital")?.try_into::<CapitalSettings>().ok());
    let capital = capital.unwrap_or_default();
    About {
        kind: RunKind::Live,
        origin: Origin::Recorded,
        data: past.info.data.clone(),
        capital_target: Money(capital.target()),
        capital_stage: f64::from(capital.stage_percent()) / 100.0,
        fill_model: "the venue's own fills".to_owned(),
        flatters: None,
        fees: "as the venue charged them".to_owned(),
    }
}

fn component(strategy: &StrategyInfo) -> ComponentLine {
    let StrategyInfo { name, version, sha256, .. } = strategy.clone();
    ComponentLine { name, version, sha256, parameters: Default::default() }
}

fn origin(run: &NamedRun, journal: PathBuf, past: &Past) -> RunOrigin {
    let info = &past.info;
    let live = info.mode.is_account();
    let facts = match run {
        NamedRun::Kept(run) => Some(run.facts.clone()),
        NamedRun::Account(folder) => KeptRun::open(folder).ok().map(|run| run.facts),
    };
    let name = facts.as_ref().map_or_else(|| journal.display().to_string(), |facts| facts.id.clone());
    let command = facts.as_ref().map(|facts| format!("host {}", facts.command.join(" ")));
    let data_digest = if live { String::new() } else { info.data_digest.clone() };
    RunOrigin {
        name,
        command: command.unwrap_or_else(|| "not kept: its host has not ended yet".to_owned()),
        engine_version: info.engine_version.clone(),
        environment: live.then(|| info.data_digest.clone()),
        data: info.data.clone(),
        data_digest,
        tape: facts.as_ref().and_then(|facts| facts.tape.as_ref()).map(|tape| tape.display().to_string()),
        config_digest: facts.map_or_else(String::new, |facts| facts.config_digest),
        config: without_key(&info.config),
        seed: info.seed,
        strategies: info.strategies.iter().map(|info| strategy(info, past)).collect(),
        journal: journal.display().to_string(),
    }
}

/// Returns a configuration without the lines about the venue's key: pages are passed on.
fn without_key(config: &str) -> String {
    let is_of_key = |line: &&str| line.starts_with("key_id") || line.starts_with("key_file");
    config.lines().filter(|line| !is_of_key(line)).map(|line| format!("{line}\n")).collect()
}

fn strategy(info: &StrategyInfo, past: &Past) -> RunStrategy {
    let StrategyInfo { name, version, sha256, parameters, .. } = info.clone();
    let line = past.report.components.iter().find(|line| line.name == name);
    let changed = |name: &str| line.is_some_and(|line| line.parameters.contains_key(name));
    let parameter = |(name, value): (String, ParameterValue)| ParameterText {
        changed: changed(&name),
        name,
        value: value.to_string(),
    };
    RunStrategy { name, version, sha256, parameters: parameters.into_iter().map(parameter).collect() }
}
