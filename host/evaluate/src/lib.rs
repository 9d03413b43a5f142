//! Evaluation of runs: side by side, with their difference taken apart line by line, and the review of a period.
//!
//! A [`RunSource`](run::RunSource) is a run as it lies on disk: the folder of a run, a journal, the file of a result,
//! or a live account. [`compare`] reads several over the period that they share, and splits the difference of their
//! profits into causes that add up exactly. [`bias`] asks what a back test hangs on.
//! [`gonogo`] decides whether a strategy may trade real money. Figures are those of
//! `host-report`; nothing is computed a second way.
//!
//! This crate prints nothing, reads no clock, and says what it cannot tell instead of guessing.

#![forbid(unsafe_code)]

pub mod bias;
pub mod breach;
pub mod calibrate;
pub mod compare;
mod error;
pub mod gonogo;
pub mod review;
pub mod run;
pub mod shadow;

pub use error::{EvaluateError, Result};
