//! `host compare` and `host review`: whole runs, and the same figures from independent implementations.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod bad_input;
mod calibrate;
mod compare;
mod review;
#[path = "../support/mod.rs"]
mod support;
mod two_months;
