//! The whole host as a user runs it: strategies built, tapes made, back tests and paper runs, in processes of their own.
//!
//! Nothing here may look into the host: what goes in is files and arguments, what comes out is files, text and exit codes.
//! The libraries serve only to read what the host wrote. No test may assert how fast anything is.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod author;
mod backtest;
mod bad_input;
mod compat;
mod exact;
mod fills;
mod fixture;
mod full_disk;
mod hostile;
mod interrupted;
mod journal;
mod real_data;
mod run;
mod several;
#[path = "../support/mod.rs"]
mod support;
