//! The embedded exchange: what a venue would have said to orders on a tape, markets to trade without one, and a whole venue
//! that speaks a real one's protocol.
//!
//! All but [`server`] is a pure function of its seed and of what it is shown: it must never read a clock or draw unseeded
//! randomness.
//!
//! - [`fill`]: orders in, fills and ends out, under one of three fill models.
//! - [`fees`]: what a venue charges for a fill.
//! - [`sampler`]: a tape of changes as polling would have seen it.
//! - [`generator`]: synthetic markets, for the exchange to run without a recording.
//! - [`venue`]: members, books, orders and money, as Kalshi keeps them.
//! - [`server`]: that venue behind Kalshi's Trade API v2.

#![forbid(unsafe_code)]

pub mod fees;
pub mod fill;
pub mod generator;
pub mod sampler;
pub mod server;
pub mod venue;
