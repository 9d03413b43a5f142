//! Live trading: real orders at a real venue.
//!
//! A live host is a loop around the engine, as a back test is. What is added: nothing may be lost, nothing may be sent
//! twice, and a person can stop it at any moment. It decides nothing about money, prints nothing, and reads neither
//! arguments nor environment; it reports through one stream of [`notice::Notice`]s.

#![forbid(unsafe_code)]

pub mod account_dir;
pub mod account_lock;
mod capacity;
pub mod capital_stage;
pub mod confirm;
mod connect;
pub mod control;
pub mod day_counts;
pub mod disk_use;
mod error;
mod feed;
mod host;
mod journal;
mod last_start;
mod lines;
mod link;
mod long_calls;
mod markets;
pub mod notice;
mod notice_code;
mod notice_counts;
mod orders;
pub mod paper;
mod payouts;
pub mod preflight;
mod quote_cache;
mod reconcile;
mod references;
pub mod refusal;
mod requests;
mod restore;
mod resume;
mod retention;
pub mod settings;
mod severity;
mod shadow;
mod sight;
mod start;
mod state_keeper;
pub mod summary;
pub mod swap;
mod timers;
mod told_once;
mod trade_feed;
mod trade_tape;
mod trade_watch;
pub mod venue_way;
mod venue_word;
mod warm_up_plan;

pub use account_dir::VENUE;
pub use connect::AccountKeeper;
pub use error::{LiveError, Result};
pub use host::{LiveEnd, LiveHost};
pub use journal::TOLD;
pub use reconcile::Difference;
pub use start::{Answers, StartRequest, Started, start};
