//! Everything that needs no server: the command line itself, tapes, strategies, back tests and paper runs, each as a
//! user runs it: files and arguments go in; files, text and exit codes come out.
//!
//! Each test runs the binary in a folder, home and environment of its own, at a fixed width, so that it sees nothing
//! of the machine. No test may assert how fast anything is. The host's libraries serve only to read what it wrote.
//!
//! These subjects share one test binary because each binary links the whole host. To run one subject:
//!
//! ```text
//! cargo test -p host --test cli backtest::
//! ```

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

#[path = "../backtest/mod.rs"]
mod backtest;
mod config;
#[path = "../data/mod.rs"]
mod data;
mod folders;
mod foreign;
mod fuzz;
mod journal;
#[path = "../paper/mod.rs"]
mod paper;
mod readme;
mod service;
mod signing;
#[path = "../strategies/mod.rs"]
mod strategies;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod trust;
mod usage;
mod words;
