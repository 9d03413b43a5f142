//! Whole live runs: a host process and an exchange process on the loopback, with everything that can go wrong going wrong.
//! In the end the venue's ledger and the host's journal are the same, to the cent.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod account;
mod books;
mod confirmation;
mod damaged_store;
mod every_fault;
mod faults;
mod reconciliation;
mod recovery;
mod refused_start;
mod restart;
mod secrets;
mod several;
mod shutdown;
#[path = "../support/mod.rs"]
mod support;
mod websocket;
mod what_if;
