//! The terminal: verbosity and colour, output, progress, errors, text forms of times and sizes, and the console of a
//! live run.

pub mod console;
pub mod error;
pub mod interrupt;
pub mod mode_mark;
pub mod output;
pub mod password;
pub mod paths;
pub mod progress;
pub mod stderr;
pub mod ui;
pub mod units;
