//! `host data download` as a user runs it, against `host exchange` in another process: what ends up in the tape is
//! compared with the file that the exchange plays, which the download never sees.
//!
//! No test may assert how fast anything is.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod bad_input;
mod extended;
mod faults;
mod killed;
mod oracle;
mod stand;
#[path = "../support/mod.rs"]
mod support;
mod tiers;
