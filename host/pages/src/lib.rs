//! Figures as HTML pages: how they are written, charts as inline SVG, the tear sheet of a run, the comparison of runs,
//! and the review of a week.
//!
//! A page is text. It needs no script and no network, and whatever a stranger wrote (titles, tickers, reasons) is
//! escaped where it enters. Figures are those of [`host_report`]; nothing is computed here but where it is drawn.

#![forbid(unsafe_code)]

pub mod chart;
pub mod compare;
mod error;
pub mod numbers;
pub mod review;
pub mod sums;
pub mod tear_sheet;

pub use error::PageError;
