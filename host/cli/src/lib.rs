//! `host`: a trading host for prediction markets, at the command line.
//!
//! This crate is the user interface of the libraries: arguments, configuration, dialogue, terminal. It makes no trading
//! decision, and shows the user no panic, backtrace or bare library error.

#![forbid(unsafe_code)]

pub mod app;
mod args;
mod command_line;
mod commands;
pub mod config;
mod context;
mod reports;
mod strategies;
pub mod terminal;
