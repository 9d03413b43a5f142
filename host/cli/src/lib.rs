//! `host`: a trading host for prediction markets, at the command line.
//!
//! This crate joins the libraries to a person: arguments, configuration, dialogue, terminal. It must never decide anything
//! about trading, and no panic, backtrace or bare library error may reach the user.

#![forbid(unsafe_code)]

pub mod app;
mod args;
mod commands;
mod config;
mod context;
mod reports;
mod strategies;
pub mod terminal;
mod text;
