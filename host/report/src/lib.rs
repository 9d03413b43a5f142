//! Performance metrics of a run, as tables, JSON and CSV.
//!
//! A [`Recorder`] receives every [`Record`](host_core::Record) as it happens and keeps running sums, so its memory
//! grows with markets and days, never with fills. Back tests, paper runs and journals that are read back go through
//! the same code, so their metrics are comparable. [`definitions`] defines each metric; every [`Report`] carries the
//! definitions.
//!
//! This crate never guesses: an undefined metric is absent, never NaN, infinity or a sentinel. It makes no trading
//! decisions, reads no clock and writes no files.

#![forbid(unsafe_code)]

mod about;
mod attribution;
mod calibration;
mod columns;
mod course;
mod csv;
mod days;
mod definitions;
mod drift;
mod estimate;
mod execution_quality;
mod format;
mod funnel;
mod ground;
mod header;
mod money;
mod orders;
mod pending_mids;
mod probability;
mod proof;
mod quantile;
mod ratios;
mod recorder;
mod report;
mod run;
mod silence;
mod sparkline;
mod table;
mod trades;
mod window;
mod wishes;

pub use about::{About, Origin, RunKind};
pub use calibration::{Calibration, CalibrationBin};
pub use columns::{Column, Columns, Point, deepest_fall};
pub use course::{Course, FaultLine, LimitUse, LimitUses, MarketCourse, OrderLine, Restriction, SwapLine, TradedPoint};
pub use csv::csv;
pub use definitions::{definitions, review_definitions};
pub use drift::Drift;
pub use funnel::{Funnel, FunnelFacts};
pub use ground::FillGround;
pub use money::Money;
pub use probability::ProbabilityScores;
pub use proof::{LookAhead, Proof};
pub use recorder::{Recorder, RecorderSettings};
pub use report::{
    ComponentLine, DayLine, DrawdownFigures, FallFigures, FinalPosition, LiquidityFigures, Markout, OrderEnds,
    OrderFills, ProfitLine, Report, Shortfall, TimeToFill,
};
pub use run::{MarkedPosition, RunFigures, Stopped, StoppedBy};
pub use sparkline::sparkline;
pub use table::{Detail, side_by_side, table};
pub use window::Window;
pub use wishes::WishFigures;
