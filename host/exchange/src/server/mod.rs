//! The venue core as a server in Kalshi's Trade API v2: HTTP, WebSocket, signatures, rate limits, faults on demand.
//!
//! A client must not notice that it is not the venue. What the venue does not have (stepping its clock, scripting its
//! faults, reading its ledger) lives under `/simulation` and is off unless asked for. It listens where it is told and
//! never connects anywhere.

pub mod clock;
pub mod shared;
pub mod world;
