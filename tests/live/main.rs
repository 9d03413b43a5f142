//! Whole live runs: a host process and an exchange process on the loopback, with everything that can go wrong going wrong.
//! In the end the venue's ledger and the host's journal are the same, to the cent.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod account;
mod books;
mod faults;
mod faulty;
mod restarted;
mod secrets;
mod several;
mod stopped;
mod streamed;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod what_if;
