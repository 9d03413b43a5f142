//! Figures from what the engine did: metrics, tables, JSON, CSV.
//!
//! A [`Recorder`] is shown every [`Record`](host_core::Record) as it happens, and keeps sums: its memory grows with
//! markets and days, never with fills. Back test, paper and a journal read back go through the same code, so their
//! figures can be laid side by side. The definitions are those of [`definitions`], which every [`Report`] carries.
//!
//! This crate must never guess: a figure that is undefined is absent, never NaN, infinity or a sentinel. It decides
//! nothing, reads no clock and writes to no file.

#![forbid(unsafe_code)]

mod attribution;
mod csv;
mod days;
mod definitions;
mod execution_quality;
mod format;
mod money;
mod orders;
mod pending_mids;
mod probability;
mod quantile;
mod ratios;
mod recorder;
mod report;
mod run;
mod table;
mod trades;

pub use csv::csv;
pub use definitions::definitions;
pub use money::Money;
pub use probability::ProbabilityScores;
pub use recorder::{Recorder, RecorderSettings};
pub use report::{
    DayLine, DrawdownFigures, FinalPosition, LiquidityFigures, Markout, OrderEnds, OrderFills, ProfitLine, Report,
    Shortfall, TimeToFill,
};
pub use run::{MarkedPosition, RunFigures, WorstFall};
pub use table::{Detail, side_by_side, table};
