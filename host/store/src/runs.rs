//! The folders of runs: one for each back test and paper run, with everything that it left.
//!
//! ```text
//! runs/backtest-20260131T120000-123456789/
//!   run.json         what ran, when and on what: digests that tell whether another run had the same
//!   run.journal      every event and record, to be replayed and queried
//!   config.toml      the configuration in force
//!   report.json      the figures
//!   trades.csv, orders.csv, fills.csv, daily.csv, and the same as .parquet
//!   lines.parquet    the lines that strategies drew, if any did
//! ```
//!
//! While a run is being written, its folder is locked. One whose writer was killed has no end in `run.json`.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use host_core::Timestamp;
use host_core::time::civil_date;
use host_system::{capped, files};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex::hex;
use crate::journal::{Mode, StrategyInfo};

/// Names of the files in a run's folder.
pub const RUN_FILE: &str = "run.json";
pub const JOURNAL_FILE: &str = "run.journal";
pub const REPORT_FILE: &str = "report.json";
pub const CONFIG_FILE: &str = "config.toml";

/// A folder of runs cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", .path.display())]
pub struct RunsError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> RunsError + use<> {
    let path = path.to_owned();
    move |source| RunsError { action, path: path.clone(), source }
}

/// The content of `run.json`: what makes the run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Name of the folder.
    pub id: String,
    pub mode: Mode,
    /// The command line.
    pub command: Vec<String>,
    /// Version of the host.
    pub engine_version: String,
    /// Wall-clock time of the start, ISO 8601.
    pub started: String,
    /// Wall-clock time of the end; absent while it runs, or if it was killed.
    pub ended: Option<String>,
    /// Name of the run whose recording it repeats, for a back test that was made to compare it with that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
    /// Source of the market data, as text for people.
    pub data: String,
    /// Digest of the market data.
    pub data_digest: String,
    /// Folder of the tape, if there is one.
    pub tape: Option<PathBuf>,
    /// SHA-256 digest of `config.toml`, in hexadecimal.
    pub config_digest: String,
    /// Seed of the proof that no decision looked ahead, in hexadecimal; absent if nothing was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_seed: Option<String>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Strategies by slot, each with the digest of its component and all its parameters.
    pub strategies: Vec<StrategyInfo>,
    /// The journal: absolute, or relative to the folder.
    pub journal: PathBuf,
}

/// The folder of a run that is being written.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Held until the run has ended; a live account has a lock of its own.
    _lock: Option<File>,
}

impl RunFolder {
    /// Creates a folder for a run of `mode` in the folder `runs`. Returns it with its name.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create(runs: &Path, mode: Mode, started: Timestamp) -> Result<(RunFolder, String), RunsError> {
        fs::create_dir_all(runs).map_err(failed("create", runs))?;
        let id = run_id(mode, started);
        let path = runs.join(&id);
        fs::create_dir(&path).map_err(failed("create", &path))?;
        let lock = File::open(&path).and_then(|folder| folder.lock().map(|()| folder));
        let lock = lock.map_err(failed("lock", &path))?;
        Ok((RunFolder { path, _lock: Some(lock) }, id))
    }

    /// Returns the folder of a live account, which gets the same files.
    pub fn of_account(path: &Path) -> RunFolder {
        RunFolder { path: path.to_owned(), _lock: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `config.toml`, and returns its digest.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write_config(&self, config: &str) -> Result<String, RunsError> {
        self.write(CONFIG_FILE, config.as_bytes())?;
        Ok(hex(&Sha256::digest(config.as_bytes())))
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write_facts(&self, facts: &RunFacts) -> Result<(), RunsError> {
        self.write_json(RUN_FILE, facts)
    }

    /// Writes `report.json`.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write_report(&self, report: &impl Serialize) -> Result<(), RunsError> {
        self.write_json(REPORT_FILE, report)
    }

    fn write_json(&self, name: &str, content: &impl Serialize) -> Result<(), RunsError> {
        let text = serde_json::to_string_pretty(content).map_err(io::Error::from);
        let text = text.map_err(failed("write", &self.path.join(name)))?;
        self.write(name, format!("{text}\n").as_bytes())
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), RunsError> {
        let path = self.path.join(name);
        files::replace(&path, &[content]).map_err(failed("write", &path))
    }
}

/// Returns a name such as `paper-20260131T120000-123456789`: two runs of one second must not share one.
fn run_id(mode: Mode, started: Timestamp) -> String {
    let (year, month, day) = civil_date(started.day());
    let seconds = started.0.rem_euclid(86_400_000_000_000) / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let rest = started.0.rem_euclid(1_000_000_000);
    format!("{mode}-{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}-{rest:09}")
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// A process is writing it.
    Running,
    /// It has its figures.
    Ended,
    /// Its writer was killed, or could not write any more.
    Broken,
}

/// A run's folder, as it is found.
#[derive(Clone, Debug)]
pub struct KeptRun {
    pub path: PathBuf,
    pub state: RunState,
    pub facts: RunFacts,
}

impl KeptRun {
    /// Opens the run in the folder `path`.
    ///
    /// # Errors
    /// There is no `run.json`, or it cannot be read.
    pub fn open(path: &Path) -> Result<KeptRun, RunsError> {
        let file = path.join(RUN_FILE);
        let text = capped::read_to_string(&file, capped::RESULTS).map_err(failed("read", &file))?;
        let facts: RunFacts = serde_json::from_str(&text).map_err(io::Error::from).map_err(failed("read", &file))?;
        let lock = File::open(path).map_err(failed("read", path))?;
        let state = match lock.try_lock() {
            Err(TryLockError::WouldBlock) => RunState::Running,
            _ if facts.ended.is_some() => RunState::Ended,
            _ => RunState::Broken,
        };
        Ok(KeptRun { path: path.to_owned(), state, facts })
    }

    /// Returns the path of the journal.
    pub fn journal(&self) -> PathBuf {
        self.path.join(&self.facts.journal)
    }

    /// Returns the report, as JSON; `None` if the run has none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn report(&self) -> Result<Option<serde_json::Value>, RunsError> {
        let file = self.path.join(REPORT_FILE);
        match capped::read_to_string(&file, capped::RESULTS) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            text => {
                let read = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::from));
                read.map(Some).map_err(failed("read", &file))
            }
        }
    }

    /// Removes the run with all its files.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove(self) -> Result<(), RunsError> {
        fs::remove_dir_all(&self.path).map_err(failed("remove", &self.path))
    }
}

/// The runs in a folder.
#[derive(Debug, Default)]
pub struct FoundRuns {
    /// From the oldest to the latest.
    pub runs: Vec<KeptRun>,
    /// Those whose `run.json` cannot be read, by name.
    pub damaged: Vec<DamagedRun>,
}

/// A folder of a run that cannot be read.
#[derive(Debug)]
pub struct DamagedRun {
    /// Name of the folder.
    pub id: String,
    pub path: PathBuf,
    pub error: RunsError,
}

/// Returns true if the folder `path` is that of a run, whether its `run.json` can be read or not.
pub fn is_run(path: &Path) -> bool {
    fs::symlink_metadata(path.join(RUN_FILE)).is_ok()
}

/// Returns the runs in the folder `runs`; none if it does not exist. Other things that lie there are passed over, and
/// a run that is damaged does not keep the others from being found.
///
/// # Errors
/// The folder cannot be read.
pub fn find(runs: &Path) -> Result<FoundRuns, RunsError> {
    let mut found = FoundRuns::default();
    let entries = match fs::read_dir(runs) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries.map_err(failed("read", runs))?,
    };
    for entry in entries {
        let entry = entry.map_err(failed("read", runs))?;
        let path = entry.path();
        match is_run(&path).then(|| KeptRun::open(&path)) {
            Some(Ok(run)) => found.runs.push(run),
            Some(Err(error)) => {
                let id = entry.file_name().to_string_lossy().into_owned();
                found.damaged.push(DamagedRun { id, path, error });
            }
            None => {}
        }
    }
    found.runs.sort_by(|one, other| (&one.facts.started, &one.facts.id).cmp(&(&other.facts.started, &other.facts.id)));
    found.damaged.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

/// Returns the runs in the folder `runs` that can be read, from the oldest to the latest, as [`find`] does.
///
/// # Errors
/// As [`find`].
pub fn list(runs: &Path) -> Result<Vec<KeptRun>, RunsError> {
    find(runs).map(|found| found.runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(id: &str, started: &str, ended: Option<&str>) -> RunFacts {
        RunFacts {
            id: id.to_owned(),
            mode: Mode::Paper,
            command: vec!["run".to_owned()],
            engine_version: "0".to_owned(),
            started: started.to_owned(),
            ended: ended.map(ToOwned::to_owned),
            repeats: None,
            data: String::new(),
            data_digest: String::new(),
            tape: None,
            config_digest: String::new(),
            proof_seed: None,
            seed: 0,
            strategies: Vec::new(),
            journal: JOURNAL_FILE.into(),
        }
    }

    #[test]
    fn a_run_is_running_ended_or_broken() {
        let root = tempfile::tempdir().unwrap();
        let runs = root.path().join("runs");
        assert_eq!(list(&runs).unwrap().len(), 0);
        let (folder, id) = RunFolder::create(&runs, Mode::Paper, Timestamp(1)).unwrap();
        assert_eq!(id, "paper-19700101T000000-000000001");
        fs::write(runs.join("something.journal"), "").unwrap();
        let state = || list(&runs).unwrap().iter().map(|run| run.state).collect::<Vec<_>>();
        assert_eq!(state(), []);
        folder.write_facts(&facts(&id, "a", None)).unwrap();
        assert_eq!(state(), [RunState::Running]);
        assert!(RunFolder::create(&runs, Mode::Paper, Timestamp(1)).is_err(), "two runs must not share a folder");
        let path = folder.path().to_owned();
        drop(folder);
        assert_eq!(state(), [RunState::Broken]);
        fs::write(path.join(RUN_FILE), serde_json::to_string(&facts(&id, "a", Some("b"))).unwrap()).unwrap();
        assert_eq!(state(), [RunState::Ended]);
        assert_eq!(list(&runs).unwrap()[0].report().unwrap(), None);
        list(&runs).unwrap().remove(0).remove().unwrap();
        assert_eq!(state(), []);
    }

    #[test]
    fn a_damaged_run_keeps_no_other_from_being_found() {
        let root = tempfile::tempdir().unwrap();
        let (folder, id) = RunFolder::create(root.path(), Mode::Paper, Timestamp(1)).unwrap();
        folder.write_facts(&facts(&id, "a", None)).unwrap();
        let (damaged, damaged_id) = RunFolder::create(root.path(), Mode::Paper, Timestamp(2)).unwrap();
        damaged.write(RUN_FILE, b"{").unwrap();
        let (_, device_id) = RunFolder::create(root.path(), Mode::Paper, Timestamp(3)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", root.path().join(&device_id).join(RUN_FILE)).unwrap();
        let found = find(root.path()).unwrap();
        assert_eq!(found.runs.iter().map(|run| &run.facts.id).collect::<Vec<_>>(), [&id]);
        assert_eq!(found.damaged.iter().map(|run| &run.id).collect::<Vec<_>>(), [&damaged_id, &device_id]);
        let reason = std::error::Error::source(&found.damaged[1].error).unwrap().to_string();
        assert_eq!(reason, "it is no file, but a pipe or a device");
    }
}
