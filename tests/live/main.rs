//! Whole live runs: a host process and an exchange process on the loopback, with everything that can go wrong going wrong.
//! In the end the venue's ledger and the host's journal are the same, to the cent.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod account;
mod books;
#[path = "../cli/environment.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod environment;
mod faults;
mod faulty;
#[path = "../end_to_end/fixture.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod fixture;
#[path = "../exchange/process.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod process;
mod restarted;
mod secrets;
mod several;
mod stopped;
mod streamed;
mod terminal;
mod what_if;
