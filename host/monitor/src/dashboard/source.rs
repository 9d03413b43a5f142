//! The source of all pages: the account of a live host, or a run on simulated fills.

use std::path::{Path, PathBuf};

use host_live::account_dir::AccountDir;
use host_store::journal;

use super::stop_runner::StopRunner;

/// The source of all pages. From it follows what can be done from one, not from the mode.
#[derive(Debug)]
pub enum Source {
    /// The account in a folder: its host answers, and it can be stopped.
    Account { folder: AccountDir, stops: StopRunner },
    /// The folder of a run, and its journal. It is ended where it runs.
    Run { folder: PathBuf, journal: PathBuf },
}

impl Source {
    /// Returns the folder that decisions are noted in.
    pub fn folder(&self) -> &Path {
        match self {
            Source::Account { folder, .. } => folder.path(),
            Source::Run { folder, .. } => folder,
        }
    }

    /// Returns the files that figures of the past come from.
    pub fn files(&self) -> JournalFiles {
        let (journal, mode) = match self {
            Source::Account { folder, .. } => (folder.journal(), journal::Mode::Live),
            Source::Run { journal, .. } => (journal.clone(), journal::Mode::Paper),
        };
        JournalFiles { folder: self.folder().to_owned(), journal, mode }
    }

    /// Returns the account's folder and its stops; `None` for a run.
    pub fn account(&self) -> Option<(&AccountDir, &StopRunner)> {
        match self {
            Source::Account { folder, stops } => Some((folder, stops)),
            Source::Run { .. } => None,
        }
    }
}

/// A journal, the folder that it belongs to, and the way in which it keeps prices.
#[derive(Clone, Debug)]
pub struct JournalFiles {
    pub folder: PathBuf,
    pub journal: PathBuf,
    pub mode: journal::Mode,
}
