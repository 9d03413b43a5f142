//! Stopping, and going on: the kill switch, recovery after a `kill -9`, one host for one account, and input that is bad in every
//! way that a live start can meet. Whole processes: hosts that trade at an exchange over a loopback port.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod history;
mod rig;

mod bad_input;
mod damage;
mod kill;
mod mismatch;
mod recovery;
#[path = "../support/mod.rs"]
mod support;
