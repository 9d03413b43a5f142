//! The runs that commands are asked for: by name, path or account.

use std::path::{Path, PathBuf};

use host_evaluate::EvaluateError;
use host_evaluate::run::RunSource;
use host_store::runs::{KeptRun, list};
use host_store::suggest::did_you_mean;

use super::account::account_dir;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Report, Result};

/// The name that means the latest run.
pub const LATEST: &str = "latest";

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
        ("run.journal" | "account.journal" | "report.json", Some(folder)) => folder,
        _ => name,
    }
}

fn place(name: &str, config: &Config) -> Result<PathBuf> {
    if Path::new(name).exists() {
        return Ok(name.into());
    }
    let runs = list(&config.runs.folder).map_err(|error| Report::user("cannot list the runs").because_of(&error))?;
    if let Some(run) = kept(&runs, name)? {
        return Ok(run.path.clone());
    }
    let account = account_dir(config, Some(name)).ok().map(|account| account.path().to_owned());
    if let Some(account) = account.filter(|account| account.is_dir()) {
        return Ok(account);
    }
    let guess = did_you_mean(name, runs.iter().map(|run| run.facts.id.as_str()).chain([LATEST]));
    let hint = guess.unwrap_or_else(|| {
        "name a run that `host runs list` lists, its folder, a journal, a report.json, or an account".to_owned()
    });
    Err(Report::user(format!("there is no run `{name}`")).hint(hint))
}

/// Returns the kept run that `name` means: its name, the beginning of it, or `latest`.
///
/// # Errors
/// Several begin with it.
pub fn kept<'a>(runs: &'a [KeptRun], name: &str) -> Result<Option<&'a KeptRun>> {
    if name == LATEST {
        return Ok(runs.last());
    }
    let found: Vec<&KeptRun> = runs.iter().filter(|run| run.facts.id.starts_with(name)).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let report = Report::user(format!("several runs begin with `{name}`"));
            Err(several.iter().fold(report, |report, run| report.because(&run.facts.id)))
        }
    }
}

fn unopened(name: &str, error: &EvaluateError) -> Report {
    Report::user(format!("cannot read the run `{name}`"))
        .because_of(error)
        .hint("name a run that `host runs list` lists, its folder, a journal, a report.json, or an account")
}
