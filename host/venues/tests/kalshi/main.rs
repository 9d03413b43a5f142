//! The Kalshi client through its public interface: against a scripted venue and against the embedded exchange.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod broken;
mod clock;
mod exchange;
mod fake;
mod history;
mod keys;
mod outcomes;
mod patience;
mod stream;
mod venue_says;
mod wall;
