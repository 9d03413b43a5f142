//! A live host as people see and hear it: readers of its notices and its status.
//!
//! Nothing here trades, and nothing here may delay trading: each reader has a queue and a thread of its own, and a
//! reader that fails is told elsewhere.

#![forbid(unsafe_code)]

pub mod alerts;
pub mod dashboard;
pub mod logs;
pub mod metrics;
mod status;
