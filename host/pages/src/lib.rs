//! Figures as HTML pages: how they are written, charts as inline SVG, and the tear sheet of a run.
//!
//! A page is text. It needs no script and no network, and whatever a stranger wrote (titles, tickers, reasons) is
//! escaped where it enters. Figures are those of [`host_report`]; nothing is computed here but where it is drawn.

#![forbid(unsafe_code)]

pub mod chart;
pub mod numbers;
pub mod tear_sheet;
