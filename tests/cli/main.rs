//! The binary as a user meets it: whole processes, what they print, and what they exit with.
//!
//! Each test runs in a folder, home and environment of its own, at a fixed width, so that it sees nothing of the machine.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod bad_input;
mod config;
mod data;
#[path = "../support/mod.rs"]
mod support;
mod usage;
