//! `host exchange` as a user runs it: whole processes, real sockets, and the venue's own Python SDK as a client.
//!
//! Tests see the exchange only through its network interface, and never assert how fast anything is.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod clients;
mod keygen;
mod sdk;
mod serve;
#[path = "../support/mod.rs"]
mod support;
