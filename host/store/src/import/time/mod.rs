//! The times of recordings: how they are written, and which time zone they are in.

mod civil;
mod clock;
mod format;
mod parse;
mod written;

pub(super) use clock::{Direction, FileClock};
pub use format::TimeFormat;
pub(super) use parse::{Moment, parse};
