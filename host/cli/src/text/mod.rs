//! Text that people type and read.

pub mod units;
