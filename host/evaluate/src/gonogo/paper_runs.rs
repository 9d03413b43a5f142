//! The paper runs that could speak for a strategy: those that are kept, and pretend accounts at a venue.

use std::path::{Path, PathBuf};

use host_core::{SlotId, Timestamp};
use host_session::SessionError;
use host_store::journal::{Mode, StrategyInfo};
use host_store::live::{JOURNAL_FILE, account_meta, account_settings};
use host_store::paper::FOLDER_PREFIX;
use host_store::runs::{KeptRun, list};

use super::same_strategies::differences;
use crate::error::Result;

/// The store's name for the versions that were swapped in since the last start.
const SWAPPED_IN: &str = "swapped_in";

/// A paper run, not read yet.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperRun {
    /// Its folder.
    pub path: PathBuf,
    /// The strategies that it ends with.
    pub strategies: Vec<StrategyInfo>,
    /// Time since which they have been those; `None` for a run that had no others.
    pub since: Option<Timestamp>,
    /// Wall-clock time at which it was written last, as far as the file system tells.
    written: Option<Timestamp>,
}

impl PaperRun {
    /// Returns the run's name: that of its folder.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Reads the pretend account in `folder`; `None` if it has never started.
    ///
    /// # Errors
    /// Its journal cannot be read.
    pub fn of_account(folder: &Path) -> Result<Option<PaperRun>> {
        let sessions = account_settings(folder).map_err(SessionError::from)?;
        let Some(last) = sessions.last() else { return Ok(None) };
        let same = sessions.iter().rev().take_while(|one| differences(&last.strategies, &one.strategies).is_empty());
        let since = same.last().map(|first| first.started);
        let swapped: Option<serde_json::Value> = account_meta(folder, SWAPPED_IN).map_err(SessionError::from)?;
        let mut strategies = last.strategies.clone();
        for (slot, one) in swapped.iter().filter_map(serde_json::Value::as_object).flatten() {
            // Since when it runs is not among the settings of sessions, so its time on paper cannot be counted.
            let name = format!("{slot} {}, swapped in since its last start,", one["started"]["version"]);
            strategies.retain(|strategy| strategy.name != *slot);
            let (version, sha256, parameters) = (String::new(), String::new(), [].into());
            strategies.push(StrategyInfo { slot: SlotId(0), name, version, sha256, parameters });
        }
        let written = written(&folder.join(JOURNAL_FILE));
        Ok(Some(PaperRun { path: folder.to_owned(), strategies, since, written }))
    }

    /// Reads the kept run or the pretend account in `folder`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(folder: &Path) -> Result<Option<PaperRun>> {
        if folder.join(JOURNAL_FILE).is_file() {
            return PaperRun::of_account(folder);
        }
        Ok(KeptRun::open(folder).map(of_kept)?)
    }
}

fn of_kept(run: KeptRun) -> Option<PaperRun> {
    let written = written(&run.journal());
    let is_paper = run.facts.mode == Mode::Paper;
    is_paper.then_some(PaperRun { path: run.path, strategies: run.facts.strategies, since: None, written })
}

/// Returns when the file at `path`, or the log beside it, was written last.
pub(super) fn written(path: &Path) -> Option<Timestamp> {
    let beside = path.with_file_name(format!("{}-wal", path.file_name()?.to_string_lossy()));
    let time = |path: &Path| {
        let changed = path.metadata().ok()?.modified().ok()?;
        let since = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_nanos()).ok().map(Timestamp)
    };
    time(path).max(time(&beside))
}

/// Returns the paper runs in the folder `runs` and the pretend accounts in the folder `accounts`, the latest last. An
/// account that cannot be read is passed over: another run may speak.
///
/// # Errors
/// A folder cannot be read.
pub fn paper_runs(runs: &Path, accounts: &Path) -> Result<Vec<PaperRun>> {
    let mut found: Vec<PaperRun> = list(runs)?.into_iter().filter_map(of_kept).collect();
    let folders = std::fs::read_dir(accounts).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let pretend = folders.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(FOLDER_PREFIX) && path.join(JOURNAL_FILE).is_file()
    });
    found.extend(pretend.filter_map(|folder| PaperRun::of_account(&folder).ok().flatten()));
    found.sort_by(|one, other| (one.written, &one.path).cmp(&(other.written, &other.path)));
    Ok(found)
}

/// Returns the latest of `runs` that ran exactly the strategies `wanted`.
pub fn latest_of<'a>(runs: &'a [PaperRun], wanted: &[StrategyInfo]) -> Option<&'a PaperRun> {
    runs.iter().rfind(|run| differences(wanted, &run.strategies).is_empty())
}
