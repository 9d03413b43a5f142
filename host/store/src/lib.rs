//! What is kept on disk: market-data tapes ([`tape`], Parquet), made from foreign recordings by [`import`] and measured by
//! [`info`]; and the [`journal`] of a run (SQLite).
//!
//! This crate must never decide anything about trading, read a clock, or leave a half-written file under a final name.

pub mod import;
pub mod info;
pub mod journal;
pub mod live;
pub mod recording;
pub mod scores;
pub mod suggest;
pub mod tape;
