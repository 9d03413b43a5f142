//! Errors of an import, with the file, and the line if there is one.

use std::io;
use std::path::PathBuf;

use crate::tape::TapeError;

/// An import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be opened or read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file ends prematurely, like an interrupted download.
    #[error(
        "`{}` is truncated or damaged behind {place} ({problem}); {rows} rows before it can be read: \
         fetch the file again, or keep them with `--skip-bad-rows`",
        path.display()
    )]
    Truncated {
        path: PathBuf,
        /// The last line or row that can be read.
        place: String,
        /// The decoder's message.
        problem: String,
        /// Number of rows that can be read.
        rows: u64,
    },
    /// A file has no header.
    #[error("`{}` is empty: a header line with the columns' names is expected", path.display())]
    Empty { path: PathBuf },
    /// A file is in no format that is known.
    #[error("`{}`: {problem}", path.display())]
    NotATable {
        path: PathBuf,
        /// The format, if it is known, and the cure.
        problem: String,
    },
    /// A file can be read in several ways, or its prices cannot be what they are said to be.
    #[error("`{}`: {problem}", path.display())]
    Unclear {
        path: PathBuf,
        /// The readings, and the options that decide.
        problem: String,
    },
    /// A file was written to while it was read.
    #[error(
        "`{}` changed while it was read: wait until its writer is done, or copy it and import the copy",
        path.display()
    )]
    Changed { path: PathBuf },
    /// A column does not exist.
    #[error("`{}` has no column `{column}`{hint} It has: {known}", path.display())]
    MissingColumn {
        path: PathBuf,
        column: String,
        /// End of the sentence: a suggestion, or a full stop.
        hint: String,
        /// The existing columns.
        known: String,
    },
    /// A row cannot be parsed.
    #[error("`{}`, {word} {line}: {problem}; `--skip-bad-rows` leaves such rows out", path.display())]
    BadRow {
        path: PathBuf,
        /// Word for the place: line or row.
        word: &'static str,
        /// Number of the line or the row, from 1.
        line: u64,
        problem: String,
    },
    /// The file with facts about markets cannot be parsed.
    #[error("`{}`{}: {problem}", path.display(), place)]
    BadMarkets {
        path: PathBuf,
        /// Position in the file: a line or the index of a market.
        place: String,
        problem: String,
    },
    /// No file has any row.
    #[error("no file has a row to import{}", first_bad(bad))]
    NoRows {
        /// The error of the first bad row, if any was left out.
        bad: Option<String>,
    },
    /// All rows are trades of others.
    #[error(
        "the files have trades and no quotes: a tape needs bid and ask; import a file of quotes or prices with them, \
         or add them with `--trades` to a tape that has quotes"
    )]
    OnlyTrades,
    /// None of the trades is of a market of the tape.
    #[error(
        "no trade is of a market of the tape `{}`: the files name {tickers}; `--trades-columns market=COLUMN` says \
         where they name the tape's markets",
        path.display()
    )]
    StrangeTrades {
        path: PathBuf,
        /// The first markets that the files name.
        tickers: String,
    },
    /// The tape cannot be written.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// Rows cannot be spilled to disk for sorting.
    #[error("cannot put rows aside in `{}`: {source}; the disk may be full", path.display())]
    Spill { path: PathBuf, source: io::Error },
}

fn first_bad(bad: &Option<String>) -> String {
    bad.as_ref().map(|bad| format!("; the first that was left out: {bad}")).unwrap_or_default()
}
