//! The Kalshi client through its public face: against a venue that says what it is told to, and against the embedded
//! exchange.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod broken;
mod clock;
mod exchange;
mod fake;
mod keys;
mod outcomes;
mod patience;
mod stream;
mod wall;
