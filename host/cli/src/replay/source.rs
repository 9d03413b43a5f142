//! Where a replay gets what it needs: components and warm-up rows, from the journal itself or from what lies beside it.

use std::path::{Path, PathBuf};

use host_core::Quotes;
use host_core::engine::Engine;
use host_sandbox::{SandboxLimits, StrategyComponent};
use host_store::journal::events::WarmUp;
use host_store::journal::{Journal, JournalError};
use host_store::recording::{Recording, rows_checksum};

use super::start::{Start, Started};
use crate::error::{Report, Result};
use crate::strategy::Strategies;
use crate::ui::Ui;

/// A journal, and the folder that it lies in.
#[derive(Debug)]
pub struct JournalSource<'a> {
    journal: &'a Journal,
    ui: Ui,
}

impl<'a> JournalSource<'a> {
    /// What `journal` needs.
    pub fn new(journal: &'a Journal, ui: Ui) -> JournalSource<'a> {
        JournalSource { journal, ui }
    }

    /// A sandbox with `limits`.
    ///
    /// # Errors
    /// This machine cannot run one.
    pub fn sandbox(&self, limits: &SandboxLimits) -> Result<Strategies> {
        Strategies::new(limits, self.ui)
    }

    /// The components of `start`, by slot.
    ///
    /// # Errors
    /// One of which no copy was kept, or that cannot be loaded any more.
    pub fn components(&self, start: &Start) -> Result<Vec<StrategyComponent>> {
        let strategies = self.sandbox(&start.sandbox)?;
        start.strategies.iter().map(|started| self.component(&strategies, started)).collect()
    }

    fn component(&self, strategies: &Strategies, started: &Started) -> Result<StrategyComponent> {
        let Started { name, version, sha256, .. } = started;
        let kept = self.journal.component(sha256).map_err(|error| unreadable(&error))?;
        let beside = self.beside("components").join(format!("{sha256}.wasm"));
        let Some(bytes) = kept.or_else(|| std::fs::read(&beside).ok()) else {
            return Err(Report::user(format!("the journal keeps no copy of the strategy `{name}` {version}"))
                .because(format!("nothing is at {} either", beside.display())));
        };
        if host_sandbox::digest(&bytes) != *sha256 {
            return Err(Report::user(format!("the copy of the strategy `{name}` {version} is damaged"))
                .because(format!("its SHA-256 is not {sha256}")));
        }
        strategies.load_bytes(&format!("the journal's copy of `{name}`"), &bytes)
    }

    /// Shows `engine` the recorded rows of `wanted`.
    ///
    /// # Errors
    /// There is no recording beside the journal, or it does not have those rows any more.
    pub fn warm_up(&self, wanted: &WarmUp, engine: &mut Engine) -> Result<()> {
        let folder = self.beside("tape");
        let failed = || Report::user(format!("cannot read the recording {}", folder.display()));
        let hint =
            "a live journal is replayed with the `tape` folder beside it: rows that warmed strategies up are there";
        let recording = Recording::open_read(&folder).map_err(|error| failed().because_of(&error).hint(hint))?;
        let mut rows = recording.rows_between(wanted.from, wanted.to).map_err(|error| failed().because_of(&error))?;
        let (mut batch, mut count, mut checksum) = (Quotes::default(), 0, 0);
        while rows.next_batch(&mut batch).map_err(|error| failed().because_of(&error))? {
            engine.warm_up(batch.all());
            count += batch.len() as u64;
            checksum = rows_checksum(&batch.all(), checksum);
        }
        let found = format!("{checksum:016x}");
        if (count, &found) == (wanted.rows, &wanted.checksum) {
            return Ok(());
        }
        Err(Report::user("the recording does not have the rows that warmed strategies up")
            .because(format!("then: {} rows from {}, checksum {}", wanted.rows, wanted.from, wanted.checksum))
            .because(format!("now:  {count} rows, checksum {found}")))
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.journal.path().parent().unwrap_or(Path::new("")).join(name)
    }
}

/// For people: the journal cannot be read.
pub fn unreadable(error: &JournalError) -> Report {
    Report::user("cannot replay the journal").because_of(error)
}
