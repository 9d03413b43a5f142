//! The run that a command's argument means: one that is kept, or a live account.

use std::path::{Path, PathBuf};

use host_evaluate::EvaluateError;
use host_evaluate::run::RunSource;
use host_live::account_dir::AccountDir;
use host_store::live::JOURNAL_FILE as ACCOUNT_JOURNAL;
use host_store::runs::{self, DamagedRun, FoundRuns, JOURNAL_FILE, KeptRun, REPORT_FILE, RunsError, is_run};
use host_store::suggest::did_you_mean;

use super::account::account_dir;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Report, Result};

/// The name that means the latest run: not a back test that was made to compare it with another run, because whoever
/// compares has that run in mind.
const LATEST: &str = "latest";

/// A run that was named.
#[derive(Debug)]
pub enum NamedRun {
    /// A back test or a paper run.
    Kept(Box<KeptRun>),
    /// The folder of a live account.
    Account(PathBuf),
}

/// Returns the run that `name` means: the name of a kept run or its beginning, `latest`, an account, or a path.
///
/// # Errors
/// There is no such run, or several begin with that name.
pub fn find(name: &str, config: &Config) -> Result<NamedRun> {
    let path = Path::new(name);
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    if folder.join(ACCOUNT_JOURNAL).is_file() {
        return Ok(NamedRun::Account(folder.to_owned()));
    }
    if is_run(folder) {
        let run = KeptRun::open(folder).map_err(|error| unreadable(name, &error))?;
        return Ok(NamedRun::Kept(Box::new(run)));
    }
    if let Some(account) = account(name, config) {
        return Ok(NamedRun::Account(account.path().to_owned()));
    }
    let runs = &config.runs.folder;
    let kept_runs = runs::find(runs).map_err(|error| Report::user("cannot list the runs").because_of(&error))?;
    kept(kept_runs, name, runs).map(|run| NamedRun::Kept(Box::new(run)))
}

/// Returns the account called `name`, if it has traded.
fn account(name: &str, config: &Config) -> Option<AccountDir> {
    let folder = account_dir(config, Some(name)).ok()?;
    folder.journal().is_file().then_some(folder)
}

fn unreadable(name: &str, error: &RunsError) -> Report {
    Report::user(format!("cannot read the run `{name}`")).because_of(error)
}

/// Returns the one of the runs `found` in `folder` that `name` means.
///
/// # Errors
/// There is no such run, it is damaged, or several begin with that name.
pub fn kept(found: FoundRuns, name: &str, folder: &Path) -> Result<KeptRun> {
    let FoundRuns { mut runs, damaged } = found;
    let missing = |report: &str| Report::user(format!("{report} in {}", folder.display()));
    if name == LATEST {
        let latest = runs.iter().rposition(|run| run.facts.repeats.is_none());
        return latest.map(|place| runs.swap_remove(place)).ok_or_else(|| missing("there is no run"));
    }
    let found: Vec<usize> = (0..runs.len()).filter(|&place| runs[place].facts.id.starts_with(name)).collect();
    let broken: Vec<&DamagedRun> = damaged.iter().filter(|run| run.id.starts_with(name)).collect();
    match (found.as_slice(), broken.as_slice()) {
        ([one], []) => Ok(runs.swap_remove(*one)),
        ([], [one]) => Err(unreadable(&one.id, &one.error)),
        ([], []) => {
            let guess = did_you_mean(name, runs.iter().map(|run| run.facts.id.as_str()).chain([LATEST]));
            let report = missing(&format!("there is no run `{name}`"));
            Err(report.hint(guess.unwrap_or_else(|| "`host runs list` lists them".to_owned())))
        }
        (several, broken) => {
            let names = several.iter().map(|&place| &runs[place].facts.id).chain(broken.iter().map(|run| &run.id));
            Err(names.fold(missing(&format!("several runs begin with `{name}`")), Report::because))
        }
    }
}

/// Opens the run `name`: a path, a run of `runs.folder` by its name or the beginning of it, `latest`, or an account.
///
/// # Errors
/// There is no such run, or it cannot be read.
pub fn open(name: &str, context: &Context) -> Result<RunSource> {
    let config = context.config()?.config;
    let path = place(name, &config)?;
    let label = match Path::new(name).exists() {
        true => label(&path),
        false if name == LATEST => label(&path),
        false => name.to_owned(),
    };
    RunSource::open(&path, &label).map_err(|error| unopened(name, &error))
}

/// Opens the account in the configuration if it has traded, else the latest run.
///
/// # Errors
/// There is neither, or it cannot be read.
pub fn open_default(context: &Context) -> Result<RunSource> {
    let config = context.config()?.config;
    let account = account_dir(&config, None).ok().filter(|account| account.journal().is_file());
    match account {
        Some(account) => open_folder(account.path()),
        None => open(LATEST, context),
    }
}

/// Opens the run in `folder`.
///
/// # Errors
/// It cannot be read.
pub fn open_folder(folder: &Path) -> Result<RunSource> {
    let name = label(folder);
    RunSource::open(folder, &name).map_err(|error| unopened(&name, &error))
}

/// Returns a short name of the run at `path`.
fn label(path: &Path) -> String {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let folder = path.parent().and_then(Path::file_name).map(|folder| folder.to_string_lossy().into_owned());
    match (name.as_str(), folder) {
        (JOURNAL_FILE | ACCOUNT_JOURNAL | REPORT_FILE, Some(folder)) => folder,
        _ => name,
    }
}

fn place(name: &str, config: &Config) -> Result<PathBuf> {
    if Path::new(name).exists() {
        return Ok(name.into());
    }
    Ok(match find(name, config)? {
        NamedRun::Kept(run) => run.path,
        NamedRun::Account(folder) => folder,
    })
}

fn unopened(name: &str, error: &EvaluateError) -> Report {
    Report::user(format!("cannot read the run `{name}`"))
        .because_of(error)
        .hint("name a run that `host runs list` lists, its folder, a journal, a report.json, or an account")
}

/// Returns the report that of `source` only the figures are known, and why, if its journal should be there.
pub fn without_journal(source: &RunSource) -> Report {
    match source.state {
        None => Report::user(format!("{} has no journal: only its figures are known", source.name)),
        Some(_) => {
            let report = format!("the journal of {} cannot be read: only its figures are known", source.name);
            source.notes.iter().fold(Report::user(report), Report::because)
        }
    }
}
