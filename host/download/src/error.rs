//! Errors of a download, with what to do about them. What was received before is kept in every case.

use std::io;
use std::path::{Path, PathBuf};

use host_core::{Span, Timestamp};
use host_store::import::ImportError;
use host_store::tape::TapeError;
use host_venues::error::ReadError;

/// A download ended without a new tape.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The venue does not know a name.
    #[error("the venue has no {what} `{name}`{}", suggestion(similar.as_deref()))]
    NoSuch {
        /// Series, event or market.
        what: &'static str,
        name: String,
        similar: Option<String>,
    },
    /// A name or a pattern is none.
    #[error("`{name}` is no name or pattern: {reason}")]
    BadName { name: String, reason: String },
    /// Nothing was selected.
    #[error("nothing is selected: name series, events or markets")]
    NothingSelected,
    /// No market lives in the period.
    #[error("the venue has no market of the selection that is open between {from} and {until}")]
    NoMarkets { from: Timestamp, until: Timestamp },
    /// A new tape needs a beginning.
    #[error("a new tape needs a beginning: say from when on")]
    NoBeginning,
    /// The period has not begun.
    #[error("{from} is in the future: at the venue it is {now}")]
    Future { from: Timestamp, now: Timestamp },
    /// The period is empty.
    #[error("nothing is between {from} and {until}")]
    EmptyPeriod { from: Timestamp, until: Timestamp },
    /// The tape would have a hole in which its last quotes would seem to stand.
    #[error(
        "the tape is from {has_from} to {has_until}, so a download from {from} to {until} would leave a hole in it: \
         let the two meet"
    )]
    Hole { has_from: Timestamp, has_until: Timestamp, from: Timestamp, until: Timestamp },
    /// The tape was made in another way.
    #[error("the tape `{}` is of {what} `{has}`, and `{asked}` is asked for: write another tape", path.display())]
    Differs { path: PathBuf, what: &'static str, has: String, asked: String },
    /// A tape is there that no download has made.
    #[error(
        "`{}` is there already, and `{}` with what it was downloaded from is not: choose another name, or remove it",
        path.display(), folder.display()
    )]
    NotDownloaded { path: PathBuf, folder: PathBuf },
    /// Another process downloads into the same tape.
    #[error("another download into `{}` is running", path.display())]
    Busy { path: PathBuf },
    /// The folder's own description cannot be read.
    #[error("`{}` cannot be read: {reason}; remove the folder to begin anew", path.display())]
    BadPlan { path: PathBuf, reason: String },
    /// The venue refused a request, or answered none for too long.
    #[error("{source}{}", waited.map_or(String::new(), |waited| format!("; nothing else came for {waited}")))]
    Venue {
        source: ReadError,
        /// Time for which nothing was answered.
        waited: Option<Span>,
    },
    /// There are trades, and no quotes to trade at.
    #[error("the venue has trades of these markets and not one candlestick: a tape needs bid and ask")]
    OnlyTrades,
    /// As [`DownloadError::OnlyTrades`], without trades.
    #[error("the venue has not one candlestick of the {markets} markets from {from} to {until}")]
    NoCandles { markets: usize, from: Timestamp, until: Timestamp },
    /// The tape cannot be written.
    #[error(transparent)]
    Tape(ImportError),
    /// The system refused an operation.
    #[error("cannot {action} `{}`: {source}{}", path.display(), remedy(source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// The caller asked it to stop.
    #[error("it was asked to stop")]
    Stopped,
}

impl DownloadError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DownloadError {
        move |source| DownloadError::Io { action, path: path.to_owned(), source }
    }

    /// Returns true if what was asked for can never be carried out.
    pub(crate) fn is_of_request(&self) -> bool {
        matches!(self, DownloadError::NoSuch { .. } | DownloadError::BadName { .. } | DownloadError::NoMarkets { .. })
    }

    /// Returns true if the venue or the network is to blame.
    pub fn is_of_venue(&self) -> bool {
        matches!(self, DownloadError::Venue { .. } | DownloadError::OnlyTrades | DownloadError::NoCandles { .. })
    }
}

impl From<TapeError> for DownloadError {
    fn from(error: TapeError) -> DownloadError {
        DownloadError::Tape(ImportError::Tape(error))
    }
}

fn suggestion(similar: Option<&str>) -> String {
    similar.map_or(String::new(), |other| format!("; did you mean `{other}`?"))
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ": the disk is full; free some space",
        _ => "",
    }
}
