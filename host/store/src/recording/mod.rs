//! A recording: a tape that grows with the polls of a live host and survives `kill -9`.
//!
//! ```text
//! recording/
//!   tape.json, additions.jsonl, quotes/*.parquet   a tape of the finished days, readable at any moment
//!   trades/*.parquet                               its second table: the venue's trades, where there were some
//!   markets.parquet                                its markets and results, for other programs
//!   open.json                                      what a writer knows of it: recent days, markets that are not over
//!   day=*.segment                                  days that have ended and are being moved into the tape
//!   unfinished.segment                             the rest: a checksummed frame per poll, listing, result, trades
//!   *.unfinished                                   files being written; the next open removes them
//!   recording.lock                                 held by the writing process
//! ```
//!
//! The first poll of a new UTC day seals the segment, which is a rename, and begins another. A thread moves the
//! rows of sealed segments into the tape, oldest first and each in four steps: the Parquet file, a line of
//! `additions.jsonl`, `open.json`, removal of the segment. Each takes effect by a rename, the end of a line, or a
//! removal. One rule makes a kill between any two of them harmless: a row of a segment that is not later than the
//! last row of the lines is in the tape already, and so it is with trades. Neither a start nor the end of a day
//! reads what is over: a writer reads `open.json`, which is made anew from the lines if it is lost.
//! [`Recording::close`] moves the last segment as well. `markets.parquet` follows the lines once a day has moved,
//! and at a close: of markets that are over it copies compressed columns. Files of a tape never change: a day that
//! continues after a `close` gets another file, `2026-01-02_02.parquet`. Days of a former release stay as they are,
//! `day=2026-01-02.parquet` beside the lines.
//!
//! A frame is passed to the operating system in one write and not synced: a killed process loses nothing, a power
//! failure perhaps the last minutes. This module must never lose a whole frame, show part of one, or read a clock.

mod catalogue;
mod codec;
mod digests;
mod disk;
mod error;
mod finish;
mod finish_trades;
mod finished;
mod head;
mod open;
mod reader;
mod rows;
mod sealed;
mod segment;
mod table;
mod trades_codec;
mod writer;

pub use digests::{DigestJob, PollDigest, PollDigests};
pub use disk::Disk;
pub use error::RecordingError;
pub use open::Recovered;
pub use reader::RecordingReader;
pub use rows::{RowsBetween, rows_checksum};
pub use writer::Recording;

/// Name of a live account's recording, beside its journal.
pub const FOLDER: &str = "tape";
