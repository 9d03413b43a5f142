//! Why an import fails: always with the file, and the line where there is one.

use std::io;
use std::path::PathBuf;

use crate::tape::TapeError;

/// Why an import made no tape.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be opened or read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file ends in the middle, as a download that broke off does.
    #[error(
        "`{}` is truncated or damaged behind line {line} ({problem}); {rows} rows before it can be read: \
         fetch the file again, or keep them with `--skip-bad-rows`",
        path.display()
    )]
    Truncated {
        /// Which file.
        path: PathBuf,
        /// The last line that could be read.
        line: u64,
        /// The decoder's words.
        problem: String,
        /// How many rows of the file can be read.
        rows: u64,
    },
    /// A file has not even a header.
    #[error("`{}` is empty: a header line with the columns' names is expected", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// A column that the mapping names is not there.
    #[error("`{}` has no column `{column}`{hint} It has: {known}", path.display())]
    MissingColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
        /// A near name.
        hint: String,
        /// The columns that it has.
        known: String,
    },
    /// A row cannot be understood.
    #[error("`{}`, line {line}: {problem}; `--skip-bad-rows` leaves such rows out", path.display())]
    BadRow {
        /// Which file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The file with the markets' facts cannot be understood.
    #[error("`{}`{}: {problem}", path.display(), place)]
    BadMarkets {
        /// Which file.
        path: PathBuf,
        /// Where in it.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// There was no row in any file.
    #[error("no file has a row to import")]
    NoRows,
    /// The tape cannot be written.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// Rows that wait to be sorted cannot be put aside.
    #[error("cannot put rows aside in `{}`: {source}; the disk may be full", path.display())]
    Spill {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}
