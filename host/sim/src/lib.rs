//! Simulation without I/O: what back tests and paper trading need instead of a venue.
//!
//! Everything here is a pure function of its settings, its seed and the rows that it is shown: no clock, no files, no
//! network, no unseeded randomness.
//!
//! - [`fill`]: matches orders against recorded quotes under one of five fill models.
//! - [`sampler`]: turns a tape of changes into the polls that a host would have seen.
//! - [`generator`]: synthetic markets, for running without a recording.

#![forbid(unsafe_code)]

pub mod fill;
pub mod generator;
mod overreaction;
pub mod sampler;
