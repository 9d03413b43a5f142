//! `host`: a trading host for prediction markets, at the command line.
//!
//! This crate joins the libraries to a person: arguments, configuration, files, progress, words. It must never decide anything
//! about trading itself, and no panic, backtrace or bare library error may reach the user. It is a library so that benchmarks
//! can run what the binary runs.

#![forbid(unsafe_code)]

pub mod app;
mod args;
mod commands;
mod config;
pub mod error;
mod interrupt;
pub mod live;
mod output;
mod params;
mod progress;
pub mod replay;
pub mod shell;
mod strategy;
mod ui;
mod units;
