//! One file or folder per command. A command reads its arguments, calls a library, and prints; it contains no trading
//! logic.

mod account;
pub mod backtest;
pub mod backup;
pub mod build;
pub mod check;
pub mod config;
pub mod data;
pub mod exchange;
pub mod inspect;
pub mod journal;
pub mod kill;
mod named_run;
mod outcome;
pub mod replay;
pub mod report;
pub mod resume;
pub mod run;
pub mod runs;
pub mod settle;
pub mod stage;
pub mod status;
mod tape;
mod trade_args;
