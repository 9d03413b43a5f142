//! `host exchange` as a user runs it: whole processes, real sockets, and the venue's own Python SDK as a client.
//!
//! Nothing here may look into the exchange, and no test may assert how fast anything is.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod keygen;
mod sdk;
mod serve;
#[path = "../support/mod.rs"]
mod support;
