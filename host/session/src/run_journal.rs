//! The journal of a run: its name, start, steps and end.

use std::path::{Path, PathBuf};

use host_core::time::civil_date;
use host_core::{Market, Timestamp};
use host_report::Report;
use host_store::journal::events::{EventRef, JournalStep};
use host_store::journal::{Durability, Journal, JournalError, JournalWriter, Mode, RunInfo, StrategyInfo};
use host_store::tape::description_digest;

use crate::error::{Result, SessionError};
use crate::setup::Setup;
use crate::start::{NamedSlot, Start, Started};
use crate::step_log::StepOutput;

/// The folder for journals that are given no name.
const FOLDER: &str = "runs";

/// The journal of a run on simulated fills.
#[derive(Debug)]
pub struct RunJournal {
    writer: JournalWriter,
    path: PathBuf,
    data_digest: String,
}

impl RunJournal {
    /// Begins the journal in the file `path`, or in a new file in the folder for journals.
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
            data_digest: description_digest(&format!("{source}, seed {seed}")),
            config: setup.config.clone(),
            strategies: strategies(start),
            markets: markets.to_vec(),
        };
        let path = path.map_or_else(|| Path::new(FOLDER).join(file_name(started)), Path::to_owned);
        let start = start.to_json()?;
        let begin = || {
            let mut writer = Journal::create(&path, &run, Durability::Process)?;
            for strategy in &setup.strategies {
                writer.keep_component(&strategy.component.digest, &strategy.bytes)?;
            }
            writer.append_steps([JournalStep { event: EventRef::Start(&start), records: &[], cancels: &[] }])?;
            Ok(writer)
        };
        let writer = begin().map_err(|source| not_written(&path, source))?;
        Ok(RunJournal { writer, path, data_digest: run.data_digest })
    }

    /// Returns the digest of the market data.
    pub fn data_digest(&self) -> Option<String> {
        Some(self.data_digest.clone())
    }

    /// Writes events and their records, all or none.
    ///
    /// # Errors
    /// The disk is full; what was written before stays readable.
    pub fn append(&mut self, output: &StepOutput) -> Result<()> {
        let written = self.writer.append_with_equity(output.steps(), output.equity.as_slice());
        written.map_err(|source| not_written(&self.path, source))
    }

    /// Ends the journal with the last output and the run's figures. Returns its path.
    ///
    /// # Errors
    /// As [`RunJournal::append`].
    pub fn finish(mut self, output: &StepOutput, figures: &Report) -> Result<PathBuf> {
        self.append(output)?;
        let RunJournal { writer, path, .. } = self;
        writer.finish(now(), figures).map_err(|source| not_written(&path, source))?;
        Ok(path)
    }
}

/// Returns the strategies of `start` by slot, for the run's description.
pub fn strategies(start: &Start) -> Vec<StrategyInfo> {
    let info = |(place, started): (usize, &Started)| {
        let NamedSlot { number: slot, name } = start.slot(place);
        let Started { version, sha256, parameters, .. } = started.clone();
        StrategyInfo { slot, name, version, sha256, parameters }
    };
    start.strategies.iter().enumerate().map(info).collect()
}

fn not_written(path: &Path, source: JournalError) -> SessionError {
    SessionError::JournalNotWritten { path: path.to_owned(), source }
}

/// Journals say when a run really took place, not which time it simulated.
fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}

/// Returns a name such as `paper-20260131T120000-123456789.journal`: two runs of one second must not share one.
fn file_name(started: Timestamp) -> String {
    let (year, month, day) = civil_date(started.day());
    let seconds = started.0.rem_euclid(86_400_000_000_000) / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let rest = started.0.rem_euclid(1_000_000_000);
    format!("paper-{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}-{rest:09}.journal")
}
