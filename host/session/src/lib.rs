//! Back test, paper trading and replay, as a library: what drives an engine without a venue.
//!
//! A session carries events into the engine and effects out of it. It decides nothing about money, prints nothing, and
//! reads neither arguments nor environment, so that sweeps and workers can run a back test without the binary.

#![forbid(unsafe_code)]

pub mod capital;
pub mod chart;
pub mod config_keys;
pub mod decisions;
pub mod drive;
pub mod echo;
mod error;
pub mod feed;
pub mod feed_trades;
mod history;
pub mod kept_run;
pub mod lower_estimate;
pub mod memory;
pub mod past;
pub mod pretend;
pub mod proof;
pub mod replay;
pub mod row_history;
pub mod row_signals;
pub mod run_journal;
pub mod schedule;
pub mod session;
pub mod setup;
pub mod stage;
pub mod start;
pub mod step_log;
mod stop;
pub mod tape_ref;
pub mod warm_up;

pub use error::{Reason, Result, SessionError, with_causes};
pub use stop::{StopFlag, StopSignal};
