//! Pages: what they hold, and how they read in a browser. Whole processes write them.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod browser;
mod compare;
mod dashboard;
mod hostile;
mod live;
mod markup;
mod paper;
mod review;
#[path = "../support/mod.rs"]
mod support;
mod tear_sheet;
