//! The folder that a run leaves: its journal, ledgers, figures, configuration, and the digests that make it again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use host_core::{Market, Record, Timestamp};
use host_report::Report;
use host_store::ledger::{Ledger, LedgerNames};
use host_store::runs::{JOURNAL_FILE, RunFacts, RunFolder};

use crate::chart::Lines;
use crate::error::{Result, SessionError};
use crate::run_journal::{self, RunAbout, RunJournal};
use crate::setup::Setup;
use crate::start::{Beginning, Start};
use crate::step_log::StepOutput;

/// The paths of a run that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPaths {
    pub folder: PathBuf,
    /// The journal, if it is not in the folder.
    pub journal: Option<PathBuf>,
    /// Notes for a person about the files, a sentence each.
    pub notes: Vec<String>,
}

/// A run that is being kept.
#[derive(Debug)]
pub struct KeptRun {
    folder: RunFolder,
    facts: RunFacts,
    /// The journal's path as it was given, if it is not in the folder.
    elsewhere: Option<PathBuf>,
    /// True if it goes on with the journal of a run that was killed.
    goes_on: bool,
    journal: RunJournal,
    ledger: Ledger,
    /// The lines that the strategies draw.
    lines: Lines,
    /// The run's markets by number, for the lines.
    markets: Vec<Market>,
    /// The first day of the period that is traded; those before it are no days of the run's figures.
    first_day: i64,
}

impl KeptRun {
    /// Begins a run's folder in the folder `runs`; the journal is in it, or in the file `journal`.
    ///
    /// # Errors
    /// The files cannot be written, or the journal's file is there already.
    pub fn begin(
        runs: &Path,
        journal: Option<&Path>,
        about: RunAbout,
        setup: &Setup,
        start: &Start,
        markets: &[Market],
    ) -> Result<KeptRun> {
        if let Some(journal) = journal.filter(|journal| journal.exists() && !about.resumes) {
            return Err(run_journal::exists(journal));
        }
        let (folder, id) = RunFolder::create(runs, about.mode, run_journal::now()).map_err(SessionError::RunNotKept)?;
        let goes_on = about.resumes;
        let begun = KeptRun::begin_in(&folder, id, journal, about, setup, start, markets);
        if begun.is_err() {
            // The first error matters more than leftovers.
            let _ = std::fs::remove_dir_all(folder.path());
        }
        let elsewhere = journal.map(Path::to_owned);
        let (facts, journal, ledger) = begun?;
        let first_day = first_day(start);
        Ok(KeptRun {
            folder,
            facts,
            elsewhere,
            goes_on,
            journal,
            ledger,
            lines: Lines::default(),
            markets: markets.to_vec(),
            first_day,
        })
    }

    fn begin_in(
        folder: &RunFolder,
        id: String,
        journal: Option<&Path>,
        about: RunAbout,
        setup: &Setup,
        start: &Start,
        markets: &[Market],
    ) -> Result<(RunFacts, RunJournal, Ledger)> {
        let now = run_journal::now();
        let path = journal.map_or_else(|| folder.path().join(JOURNAL_FILE), Path::to_owned);
        let facts = RunFacts {
            id,
            mode: about.mode,
            command: about.command.clone(),
            engine_version: start.engine_version.clone(),
            started: now.to_string(),
            ended: None,
            repeats: about.repeats.clone(),
            data: about.data.clone(),
            data_digest: about.data_digest.clone(),
            tape: start.tape.as_ref().map(|tape| tape.path.clone()),
            proof_seed: setup.proof.map(|seed| seed.to_string()),
            config_digest: folder.write_config(&setup.config).map_err(SessionError::RunNotKept)?,
            seed: about.seed,
            strategies: run_journal::strategies(start),
            journal: match journal {
                Some(elsewhere) => std::path::absolute(elsewhere).unwrap_or_else(|_| elsewhere.to_owned()),
                None => JOURNAL_FILE.into(),
            },
        };
        folder.write_facts(&facts).map_err(SessionError::RunNotKept)?;
        let journal = RunJournal::create(&path, &about, now, setup, start, markets)?;
        let slots: BTreeMap<_, _> = facts.strategies.iter().map(|info| (info.slot, info.name.clone())).collect();
        let capital = match &start.from {
            Beginning::Fresh { capital, .. } => Some(*capital),
            Beginning::Restored { .. } => None,
        };
        let names = LedgerNames { markets: markets.to_vec(), slots };
        let ledger = Ledger::create(folder.path(), names, capital).map_err(SessionError::LedgerNotWritten)?;
        Ok((facts, journal, ledger))
    }

    /// Keeps `lines`, which the run's strategies draw, when it ends.
    #[must_use]
    pub fn drawing(self, lines: Lines) -> KeptRun {
        KeptRun { lines, ..self }
    }

    /// Returns the time up to which the run repeats what its journal has already, if it goes on with one.
    pub fn known_until(&self) -> Option<Timestamp> {
        self.journal.known_until()
    }

    /// Writes events and their records.
    ///
    /// # Errors
    /// The disk is full; what was written to the journal before stays readable.
    pub fn take(&mut self, output: StepOutput) -> Result<()> {
        output
            .records
            .iter()
            .filter(|record| !matches!(record, Record::DayClose(close) if close.day < self.first_day))
            .try_for_each(|record| self.ledger.take(record))
            .map_err(SessionError::LedgerNotWritten)?;
        self.journal.append(output)
    }

    /// Removes the run's folder, and its journal if that is elsewhere: nothing in them counts. A journal that the run
    /// went on with is not the run's to remove: it stays, without an end.
    ///
    /// # Errors
    /// They cannot be removed.
    pub fn discard(self) -> std::io::Result<()> {
        let KeptRun { folder, elsewhere, journal, .. } = self;
        let own_journal = elsewhere.filter(|_| !self.goes_on);
        // Its files are closed first, or some of them would be written anew.
        drop(journal);
        let removed = std::fs::remove_dir_all(folder.path());
        own_journal.map_or(Ok(()), std::fs::remove_file).and(removed)
    }

    /// Ends the run with the last output and its figures. Returns where it is kept.
    ///
    /// # Errors
    /// As [`KeptRun::take`].
    pub fn finish(mut self, output: StepOutput, figures: &Report) -> Result<KeptPaths> {
        self.take(output)?;
        let KeptRun { folder, mut facts, elsewhere, journal, ledger, lines, markets, .. } = self;
        journal.finish(figures)?;
        ledger.finish().map_err(SessionError::LedgerNotWritten)?;
        folder.write_report(figures).map_err(SessionError::RunNotKept)?;
        let notes = lines.keep(folder.path(), &markets).map_err(SessionError::LinesNotWritten)?;
        facts.ended = Some(run_journal::now().to_string());
        folder.write_facts(&facts).map_err(SessionError::RunNotKept)?;
        Ok(KeptPaths { folder: folder.path().to_owned(), journal: elsewhere, notes })
    }
}

/// Returns the first day that a run of `start` trades on.
fn first_day(start: &Start) -> i64 {
    let of_tape = start.tape.as_ref().and_then(|tape| tape.from).unwrap_or(Timestamp(i64::MIN));
    start.trade_from().max(of_tape).day()
}
