//! Imports through the public interface: correct tapes, refusals with their messages, and no half-done work.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod basics;
mod cases;
mod formats;
mod hostile;
mod kinds;
mod order;
mod real;
mod steps;
mod support;
mod trades;
