//! One file or folder per command. A command reads its arguments, calls a library, and prints; it contains no trading
//! logic.

mod account;
pub mod backtest;
pub mod backup;
pub mod build;
pub mod check;
pub mod close;
pub mod compare;
pub mod config;
pub mod dashboard;
pub mod data;
pub mod exchange;
pub mod inspect;
pub mod journal;
pub mod kill;
pub mod logs;
mod named_run;
pub mod notify;
mod outcome;
mod page_file;
mod proof_args;
pub mod replay;
pub mod report;
pub mod resume;
pub mod review;
pub mod run;
pub mod runs;
pub mod settle;
mod shadow;
pub mod sign;
pub mod slots;
pub mod stage;
pub mod status;
pub mod swap;
mod tape;
mod trade_args;
pub mod trust;
