//! Everything that is kept on disk.
//!
//! - Market data: a [`tape`] (Parquet) is a closed set of quotes, imported from foreign files by [`import`] and
//!   measured by [`info`]; a [`recording`] is a tape that grows while a live host polls.
//! - Runs: the [`journal`] of a run (SQLite), and the store of a [`live`] account, which is a journal with an order
//!   outbox.
//! - Results: the folders of [`runs`], with the [`ledger`] of each: trades, orders, fills and days; [`scores`], the
//!   signal values of a run, and [`kept_scores`], which reads them; [`lines`], what strategies drew over the prices.
//! - A pretend account at a venue: its books, in the ledger of [`paper`].
//! - People: the [`decisions`] that they noted about an account or a run, and the [`drills`] that they held for one.
//! - Names that people give: [`zone`] for time zones, [`suggest`] for what was probably meant.
//! - Copies: the [`backup`] of a live account, taken while a host trades.
//!
//! This crate must never make a trading decision, read a clock, or leave a half-written file under its final name.

pub mod backup;
mod csv_records;
pub mod decisions;
pub mod drills;
mod hex;
pub mod import;
pub mod info;
pub mod journal;
mod json_lines;
pub mod kept_scores;
pub mod ledger;
pub mod lines;
pub mod live;
pub mod paper;
mod parquet_columns;
pub mod recording;
pub mod runs;
pub mod scores;
mod sqlite;
pub mod suggest;
pub mod tape;
pub mod zone;
