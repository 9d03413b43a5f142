//! The wishes of a caller, and the progress that they hear of.

use std::path::PathBuf;

use host_core::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::selection::Selection;

/// The length of candlesticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CandlePeriod {
    #[default]
    Minute,
    Hour,
    Day,
}

impl CandlePeriod {
    /// Returns the length.
    pub const fn span(self) -> Span {
        match self {
            CandlePeriod::Minute => Span::minutes(1),
            CandlePeriod::Hour => Span::hours(1),
            CandlePeriod::Day => Span::DAY,
        }
    }

    /// Returns the name on a command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            CandlePeriod::Minute => "1m",
            CandlePeriod::Hour => "1h",
            CandlePeriod::Day => "1d",
        }
    }

    /// Returns the word in a sentence.
    pub const fn word(self) -> &'static str {
        match self {
            CandlePeriod::Minute => "minute",
            CandlePeriod::Hour => "hour",
            CandlePeriod::Day => "day",
        }
    }
}

/// A download. Fields that are `None` are those of the tape that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadRequest {
    /// The tape; what it is made of is kept in a folder beside it.
    pub out: PathBuf,
    pub selection: Selection,
    pub from: Option<Timestamp>,
    /// The venue's present for `None`.
    pub until: Option<Timestamp>,
    pub period: Option<CandlePeriod>,
    /// Download public trades as well.
    pub trades: bool,
    /// Time without any answer after which the venue is given up.
    pub patience: Span,
}

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadPhase {
    /// The list of markets.
    Markets,
    Candles,
    Trades,
    /// Making the tape.
    Tape,
}

/// The progress of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadProgress {
    pub phase: DownloadPhase,
    /// Steps of the phase that are done: requests, markets of trades, or files that were read.
    pub done: u64,
    /// Steps of the phase.
    pub total: u64,
    /// Markets that were found.
    pub markets: u64,
    /// Requests that were sent and answered in this run.
    pub requests: u64,
    /// Bytes of their answers.
    pub bytes: u64,
}
