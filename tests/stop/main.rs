//! Stopping, and going on: the kill switch, recovery after a `kill -9`, one host for one account, and input that is bad in every
//! way that a live start can meet. Whole processes: hosts that trade at an exchange over a loopback port.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

#[path = "../cli/environment.rs"]
mod environment;
#[path = "../end_to_end/fixture.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod fixture;
mod history;
#[path = "../exchange/process.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod process;
mod rig;

mod bad_input;
mod damage;
mod kill;
mod mismatch;
mod recovery;
