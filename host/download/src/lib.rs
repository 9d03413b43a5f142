//! Downloads a venue's history into a tape.
//!
//! The work is a plan that can be carried out in any number of runs: find the markets, ask for what is missing of them,
//! keep each answer as one file under a name that only whole files get, and make the tape of the files. What is kept is
//! never asked for again, unless it was asked for so early that the venue may have changed it since ([`YOUNG`]).
//! Another download into the same tape widens the plan. The tape is a function of the files and the plan alone, so that
//! an interrupted download ends in the same tape.
//!
//! Nothing is invented: a period without a candlestick has no row, an empty side has no price, and what the venue lacks
//! is told.
//!
//! A room of its own, because a download needs neither the live loop nor a strategy, and `store` knows no venue.

#![forbid(unsafe_code)]

mod answers;
mod build;
mod candles;
mod error;
mod find;
mod folder;
mod job;
mod report;
mod request;
mod run;
mod selection;
mod source;
mod trades;
mod windows;

pub use error::DownloadError;
pub use job::YOUNG;
pub use report::{DownloadEstimate, DownloadReport};
pub use request::{CandlePeriod, DownloadPhase, DownloadProgress, DownloadRequest};
pub use run::{download, estimate};
pub use selection::Selection;
