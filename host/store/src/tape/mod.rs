//! A tape: recorded, imported or generated quotes as a folder of Parquet files, one per UTC day. Its files never
//! change; a [`recording`](crate::recording) only adds files to its tape.
//!
//! ```text
//! my-tape/
//!   tape.json                 what it is: source, poll interval, days, settlements
//!   markets.json              the markets, to join by `id`
//!   day=2026-01-01.parquet    market, time, bid, ask, bid_size, ask_size, last, volume
//! ```
//!
//! A recording's tape has `additions.jsonl` instead of `markets.json`: each line adds days, markets and results.
//!
//! In DuckDB, `SELECT * FROM 'my-tape/day=*.parquet'` reads it. Times are nanoseconds since 1970 in UTC and never
//! decrease; prices are dollars; NaN means absent, as in the strategy contract. A tape must never yield half a poll,
//! nor a row that failed a check.

mod additions;
mod check;
mod error;
mod file;
mod meta;
mod open;
mod reader;
mod rows;
mod tally;
mod writer;

pub(crate) use additions::{ADDITIONS_FILE, Addition, Additions};
pub(crate) use check::check;
pub use error::TapeError;
pub(crate) use file::{DayWriter, Packing, checksum, day_file_name, io_error};
pub use meta::{
    DayFile, Listing, Made, MarketCoverage, SourceFile, SourceKind, TapeMeta, TapeSource, description_digest,
};
pub(crate) use meta::{GROWING, MARKETS_FILE, TAPE_FILE};
pub use open::Tape;
pub(crate) use open::read_base;
pub use reader::TapeReader;
pub(crate) use rows::{extend, floats};
pub(crate) use tally::Tally;
pub use writer::TapeWriter;
