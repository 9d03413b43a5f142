//! A run's journal: named, begun, written and ended.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use host_core::time::civil_date;
use host_core::{Market, Record, SlotId, Timestamp};
use host_report::Report as Figures;
use host_sandbox::resolve_parameters;
use host_store::journal::{Durability, Journal, JournalError, JournalWriter, Mode, RunInfo, StrategyInfo};

use super::setup::Setup;
use crate::error::{Report, Result};

/// Where journals go unless told otherwise.
const FOLDER: &str = "runs";

/// The journal of a run on the embedded exchange.
#[derive(Debug)]
pub struct RunJournal {
    writer: JournalWriter,
    path: PathBuf,
}

impl RunJournal {
    /// Begins the journal in the file `path`, or in a new one in the folder for journals.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn create(
        path: Option<&Path>,
        setup: &Setup,
        source: &str,
        seed: u64,
        markets: &[Market],
    ) -> Result<RunJournal> {
        let started = now();
        let run = RunInfo {
            mode: Mode::Paper,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            ended: None,
            seed,
            data: source.to_owned(),
            config: setup.loaded.config.clone().into_tree().to_string(),
            strategies: strategies(setup),
            markets: markets.to_vec(),
        };
        let path = path.map_or_else(|| Path::new(FOLDER).join(file_name(started)), Path::to_owned);
        let writer = Journal::create(&path, &run, Durability::Process).map_err(|error| refused(&path, &error))?;
        Ok(RunJournal { writer, path })
    }

    /// Writes records down.
    ///
    /// # Errors
    /// A full disk; what was written before stays readable.
    pub fn append(&mut self, records: &[Record]) -> Result<()> {
        self.writer.append(records).map_err(|error| refused(&self.path, &error))
    }

    /// Ends the journal with the run's last records and its figures; yields its path.
    ///
    /// # Errors
    /// As [`RunJournal::append`].
    pub fn finish(mut self, records: &[Record], figures: &Figures) -> Result<PathBuf> {
        self.append(records)?;
        let RunJournal { writer, path } = self;
        writer.finish(now(), figures).map_err(|error| refused(&path, &error))?;
        Ok(path)
    }
}

fn strategies(setup: &Setup) -> Vec<StrategyInfo> {
    let slots = setup.components.iter().zip(&setup.settings).enumerate();
    slots
        .map(|(slot, (component, settings))| {
            let manifest = &component.manifest;
            // They were resolved once already, when the strategy was started.
            let parameters = resolve_parameters(manifest, &settings.parameters).unwrap_or_default();
            StrategyInfo {
                slot: SlotId(slot as u16),
                name: manifest.name.clone(),
                version: manifest.version.clone(),
                sha256: component.digest.clone(),
                parameters: parameters.into_iter().collect(),
            }
        })
        .collect()
}

fn refused(path: &Path, error: &JournalError) -> Report {
    Report::user(format!("cannot keep the journal {}", path.display()))
        .because_of(error)
        .hint("`--journal FILE` keeps it somewhere else")
}

/// The wall clock: journals say when a run really took place.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// `paper-20260131T120000-123456789.journal`: two runs of one moment must not share a name.
fn file_name(started: Timestamp) -> String {
    let (year, month, day) = civil_date(started.day());
    let seconds = started.0.rem_euclid(86_400_000_000_000) / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let rest = started.0.rem_euclid(1_000_000_000);
    format!("paper-{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}-{rest:09}.journal")
}
