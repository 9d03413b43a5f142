//! A run's journal: named, begun, written and ended.

use std::path::{Path, PathBuf};

use host_core::time::civil_date;
use host_core::{Market, SlotId, Timestamp};
use host_report::Report as Figures;
use host_store::journal::events::{EventRef, JournalStep};
use host_store::journal::{Durability, Journal, JournalError, JournalWriter, Mode, RunInfo, StrategyInfo};

use super::setup::Setup;
use super::steps::Happened;
use crate::error::{Report, Result};
use crate::replay::start::{Start, Started};

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
        start: &Start,
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
            strategies: strategies(start),
            markets: markets.to_vec(),
        };
        let path = path.map_or_else(|| Path::new(FOLDER).join(file_name(started)), Path::to_owned);
        let start = start.to_json()?;
        let begin = || {
            let mut writer = Journal::create(&path, &run, Durability::Process)?;
            for (component, bytes) in setup.components.iter().zip(&setup.bytes) {
                writer.keep_component(&component.digest, bytes)?;
            }
            writer.append_steps([JournalStep { event: EventRef::Start(&start), records: &[], cancels: &[] }])?;
            Ok(writer)
        };
        let writer = begin().map_err(|error| refused(&path, &error))?;
        Ok(RunJournal { writer, path })
    }

    /// Writes events and their records down, all or none.
    ///
    /// # Errors
    /// A full disk; what was written before stays readable.
    pub fn append(&mut self, happened: &Happened) -> Result<()> {
        self.writer.append_steps(happened.steps()).map_err(|error| refused(&self.path, &error))
    }

    /// Ends the journal with the last that happened and the run's figures; yields its path.
    ///
    /// # Errors
    /// As [`RunJournal::append`].
    pub fn finish(mut self, happened: &Happened, figures: &Figures) -> Result<PathBuf> {
        self.append(happened)?;
        let RunJournal { writer, path } = self;
        writer.finish(now(), figures).map_err(|error| refused(&path, &error))?;
        Ok(path)
    }
}

/// Who trades, by slot, for the run's description.
pub fn strategies(start: &Start) -> Vec<StrategyInfo> {
    let info = |(slot, started): (usize, &Started)| StrategyInfo {
        slot: SlotId(slot as u16),
        name: started.name.clone(),
        version: started.version.clone(),
        sha256: started.sha256.clone(),
        parameters: started.parameters.clone(),
    };
    start.strategies.iter().enumerate().map(info).collect()
}

fn refused(path: &Path, error: &JournalError) -> Report {
    Report::user(format!("cannot keep the journal {}", path.display()))
        .because_of(error)
        .hint("`--journal FILE` keeps it somewhere else")
}

/// The wall clock: journals say when a run really took place.
fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}

/// `paper-20260131T120000-123456789.journal`: two runs of one moment must not share a name.
fn file_name(started: Timestamp) -> String {
    let (year, month, day) = civil_date(started.day());
    let seconds = started.0.rem_euclid(86_400_000_000_000) / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let rest = started.0.rem_euclid(1_000_000_000);
    format!("paper-{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}-{rest:09}.journal")
}
