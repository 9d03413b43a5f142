//! The terminal: how much to say and in which colours, output, progress, errors, and the console of a live run.

pub mod console;
pub mod error;
pub mod interrupt;
pub mod live_mark;
pub mod output;
pub mod progress;
pub mod ui;
