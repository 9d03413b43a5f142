//! Clients of trading venues.
//!
//! Callers know the neutral types of [`model`], [`past`] and [`error`]; each venue's module converts its wire
//! format into them, exactly or with an error, never by guessing. Reads are retried. Writes are attempted once and
//! have one of three outcomes: accepted, refused, unknown.
//!
//! A client makes no trading decisions. It must never send an order twice, never turn an absent price into a number,
//! and never let a key reach a log line, an error or an argument list.

#![forbid(unsafe_code)]

pub mod client;
pub mod clock;
pub mod error;
pub mod kalshi;
pub mod model;
pub mod past;
pub mod venue;
