//! The terminal: verbosity and colour, output, progress, errors, text forms of times and sizes, and the console of a
//! live run.

pub mod console;
mod console_log;
pub mod error;
pub mod interrupt;
mod json;
pub mod mode_mark;
pub mod operator;
pub mod output;
pub mod password;
pub mod paths;
pub mod progress;
pub mod stderr;
pub mod text;
pub mod ui;
pub mod units;
