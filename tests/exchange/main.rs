//! `host exchange` as a user runs it: whole processes, real sockets, and the venue's own Python SDK as a client.
//!
//! Nothing here may look into the exchange, and no test may assert how fast anything is.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

#[path = "../cli/environment.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod environment;
mod keygen;
mod process;
mod sdk;
mod serve;
