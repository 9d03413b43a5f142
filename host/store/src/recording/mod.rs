//! A recording: what a live host polls, kept through `kill -9`, as a tape that grows.
//!
//! ```text
//! recording/
//!   tape.json, markets.json, day=*.parquet   an ordinary tape of what is finished, readable at any moment
//!   unfinished.segment                       the rest: one checksummed frame per poll, listing or settlement
//!   *.unfinished                             being written; removed by the next open
//!   recording.lock                           held by the one who writes
//! ```
//!
//! The first poll of a new UTC day, or [`Recording::close`], moves the segment's rows into a Parquet file. The steps
//! are: file, `markets.json`, `tape.json`, removal of the segment; each takes effect by a rename or a removal. The one
//! rule that makes a kill between any two of them harmless: a row of the segment that is not later than the last row of
//! `tape.json` is in the tape already. Files of a tape are never changed: a day that goes on after a `close` gets a
//! further file, `day=2026-01-02_02.parquet`.
//!
//! A frame is handed to the operating system in one write and not waited for: a killed process loses nothing, a power
//! failure perhaps the last minutes. This module must never lose a whole frame, show part of one, or read a clock.

mod catalogue;
mod codec;
mod disk;
mod error;
mod finish;
mod open;
mod reader;
mod rows;
mod segment;
mod writer;

pub use disk::Disk;
pub use error::RecordingError;
pub use open::Recovered;
pub use reader::RecordingReader;
pub use rows::{RowsBetween, rows_checksum};
pub use writer::Recording;
