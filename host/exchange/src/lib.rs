//! The stand-in venue: a whole exchange that speaks Kalshi's protocol, for development and tests without the real one.
//!
//! - [`venue`]: accounts, books, orders and money, by Kalshi's rules. Pure: no clock, no unseeded randomness.
//! - [`server`]: that venue behind Kalshi's Trade API v2 (REST and WebSocket), with faults on demand.

#![forbid(unsafe_code)]

pub mod server;
pub mod venue;
