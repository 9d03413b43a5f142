//! The journal of a run on simulated fills: its start, steps and end.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use host_core::{Market, OrderId, Record, Timestamp};
use host_report::Report;
use host_sim::generator;
use host_store::journal::events::{EventRef, JournalStep};
use host_store::journal::{Durability, EquityPoint, Journal, JournalError, JournalWriter, Mode, RunInfo, StrategyInfo};
use host_store::tape::description_digest;

use crate::error::{Result, SessionError};
use crate::setup::Setup;
use crate::start::{NamedSlot, Start, Started};
use crate::step_log::StepOutput;

/// Number of outputs of a back test that are written at once. A commit costs as much as ten records, and nobody waits
/// for those of a back test.
const OUTPUTS_AT_ONCE: usize = 64;
/// Number of records of a back test that are held at most.
const RECORDS_AT_ONCE: usize = 4_096;

/// The facts of a run that its caller knows.
#[derive(Clone, Debug)]
pub struct RunAbout {
    pub mode: Mode,
    /// The command line, so that the run can be made again.
    pub command: Vec<String>,
    /// Name of the run whose recording it repeats, if it does.
    pub repeats: Option<String>,
    /// Source of the market data, as text for people.
    pub data: String,
    pub data_digest: String,
    pub seed: u64,
    /// True if the run goes on with the journal of a process that was killed: it begins anew, as fast as it can, and
    /// what it does is compared with the journal up to its end.
    pub resumes: bool,
}

impl RunAbout {
    /// Describes a paper run on the synthetic markets of `seed` that `data` describes.
    pub fn paper(command: Vec<String>, data: &str, seed: u64) -> RunAbout {
        let data_digest = description_digest(&format!("{data}, seed {seed}, model {}", generator::MODEL));
        RunAbout { mode: Mode::Paper, command, repeats: None, data: data.to_owned(), data_digest, seed, resumes: false }
    }
}

/// The journal of a run on simulated fills.
#[derive(Debug)]
pub struct RunJournal {
    writer: JournalWriter,
    path: PathBuf,
    held: Vec<StepOutput>,
    /// Number of outputs that are written at once.
    at_once: usize,
    /// Digests of the events that a killed process has written and that have not come again, oldest first.
    known: VecDeque<u64>,
    /// The time of the last of them.
    known_until: Option<Timestamp>,
}

/// Returns a digest of an event and what it made.
fn digest(event: EventRef<'_>, records: &[Record], cancels: &[OrderId]) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{} {:?} {records:?} {cancels:?}", event.kind(), event.time()).hash(&mut hasher);
    hasher.finish()
}

impl RunJournal {
    /// Begins the journal in the new file `path`, or goes on with the one that is there.
    ///
    /// # Errors
    /// The file is there already, or cannot be written; the one to go on with is of another run, or that has ended.
    pub fn create(
        path: &Path,
        about: &RunAbout,
        started: Timestamp,
        setup: &Setup,
        start: &Start,
        markets: &[Market],
    ) -> Result<RunJournal> {
        let run = RunInfo {
            mode: about.mode,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            ended: None,
            seed: about.seed,
            data: about.data.clone(),
            data_digest: about.data_digest.clone(),
            config: setup.config.clone(),
            strategies: strategies(start),
            markets: markets.to_vec(),
        };
        if about.resumes {
            return RunJournal::resume(path, &run);
        }
        let start = start.to_json()?;
        let begin = || {
            let mut writer = Journal::create(path, &run, Durability::Process)?;
            for strategy in &setup.strategies {
                writer.keep_component(&strategy.component.digest, &strategy.bytes)?;
            }
            writer.append_steps([JournalStep { event: EventRef::Start(&start), records: &[], cancels: &[] }])?;
            Ok(writer)
        };
        let writer = begin().map_err(|source| not_written(path, source))?;
        let at_once = if about.mode == Mode::Backtest { OUTPUTS_AT_ONCE } else { 1 };
        let (known, known_until) = (VecDeque::new(), None);
        Ok(RunJournal { writer, path: path.to_owned(), held: Vec::new(), at_once, known, known_until })
    }

    fn resume(path: &Path, run: &RunInfo) -> Result<RunJournal> {
        let writer = Journal::resume(path, run).map_err(|source| not_written(path, source))?;
        let journal = Journal::open(path).map_err(SessionError::JournalNotRead)?;
        let (mut known, mut known_until) = (VecDeque::new(), None);
        // The start has been compared.
        for step in journal.steps().skip(1) {
            let step = step.map_err(SessionError::JournalNotRead)?;
            known_until = step.event.time().or(known_until);
            known.push_back(digest(step.event.as_ref(), &step.records, &step.cancels));
        }
        Ok(RunJournal { writer, path: path.to_owned(), held: Vec::new(), at_once: 1, known, known_until })
    }

    /// Returns the time of the last event that a killed process has written, if the run goes on with its journal.
    pub fn known_until(&self) -> Option<Timestamp> {
        self.known_until
    }

    /// Writes events and their records, all or none. Those of a back test may wait for the next ones.
    ///
    /// # Errors
    /// The disk is full; what was written before stays readable.
    pub fn append(&mut self, output: StepOutput) -> Result<()> {
        self.held.push(output);
        let records: usize = self.held.iter().map(|output| output.records.len()).sum();
        if self.held.len() >= self.at_once || records >= RECORDS_AT_ONCE { self.write() } else { Ok(()) }
    }

    /// Ends the journal with the run's figures.
    ///
    /// # Errors
    /// As [`RunJournal::append`].
    pub fn finish(mut self, figures: &Report) -> Result<()> {
        self.write()?;
        let RunJournal { writer, path, .. } = self;
        writer.finish(now(), figures).map_err(|source| not_written(&path, source))
    }

    /// Compares `output` with what the journal has of it already: all of it, since each is written whole.
    fn repeat(&mut self, output: &StepOutput) -> Result<()> {
        for step in output.steps() {
            if self.known.pop_front() != Some(digest(step.event, step.records, step.cancels)) {
                let time = step.event.time().map_or_else(String::new, |time| format!(" at {time}"));
                let why = format!("its event {}{time} comes out differently", step.event.kind());
                return Err(SessionError::NotTheSameRun { path: self.path.clone(), source: why.into() });
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        if !self.known.is_empty() {
            return held.iter().try_for_each(|output| self.repeat(output));
        }
        let equity: Vec<EquityPoint> = held.iter().flat_map(|output| output.equity.as_slice()).copied().collect();
        let written = self.writer.append_with_equity(held.iter().flat_map(StepOutput::steps), &equity);
        written.map_err(|source| not_written(&self.path, source))
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

/// Returns the error about a journal whose file is there already.
pub fn exists(path: &Path) -> SessionError {
    not_written(path, JournalError::Exists { path: path.to_owned() })
}

fn not_written(path: &Path, source: JournalError) -> SessionError {
    SessionError::JournalNotWritten { path: path.to_owned(), source }
}

/// Returns the present. Journals say when a run really took place, not which time it simulated.
pub fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}
