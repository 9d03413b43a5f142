//! A tape: recorded, imported or generated market data as a folder of Parquet files, one per UTC day. Its files never
//! change; a [`recording`](crate::recording) only adds files to its tape.
//!
//! ```text
//! my-tape/
//!   tape.json                    what it is: source, poll interval, days, settlements
//!   markets.json                 the markets, by their numbers
//!   markets.parquet              markets and settlements again, for other programs
//!   quotes/2026-01-01.parquet    ticker, time, bid, ask, bid_size, ask_size, last, volume, market
//!   trades/2026-01-01.parquet    ticker, time, price, quantity, taker, market; only if there are public trades
//! ```
//!
//! A recording's tape has `additions.jsonl` instead of `markets.json`: each line adds days, markets and results. Its
//! `markets.parquet` follows when a day or a run has ended. A tape of a former release has `day=2026-01-01.parquet`,
//! without tickers, in place of `quotes`.
//!
//! `pandas.read_parquet("my-tape/quotes")` reads the quotes, as do Polars and DuckDB. Times are nanoseconds since 1970
//! in UTC and never decrease; prices are dollars; what is absent is NULL in the files, and NaN in the host, as in the
//! strategy contract. The host reads numbers of markets, other programs their tickers; both are written at once, and
//! the checksum of a file is that of both. A tape must never yield half a poll, nor a row that failed a check.

mod add_trades;
mod additions;
mod check;
mod check_trades;
mod columns;
mod days;
mod error;
mod market_table;
mod meta;
mod open;
mod quotes_file;
mod reader;
mod rows;
mod tally;
mod tickers;
mod trades_file;
mod trades_reader;
mod trades_writer;
mod writer;

pub(crate) use add_trades::TradesAddition;
pub(crate) use additions::{ADDITIONS_FILE, Addition, Additions};
pub(crate) use check::check;
pub(crate) use check_trades::check_trades;
pub(crate) use columns::{Packing, checksum, open_file};
pub(crate) use days::{QUOTES_FOLDER, TRADES_FOLDER, day_file_name};
pub use error::TapeError;
pub(crate) use error::io_error;
pub(crate) use market_table::{MARKETS_PER_GROUP, MARKETS_TABLE, MarketsWriter, TableRow, read_markets};
pub use meta::{
    DayFile, Listing, Made, MarketCoverage, SourceFile, SourceKind, TapeMeta, TapeSource, description_digest,
};
pub(crate) use meta::{FORMER_GROWING, GROWING, MARKETS_FILE, TAPE_FILE};
pub use open::Tape;
pub(crate) use open::read_base;
pub(crate) use quotes_file::{QuotesWriter, quote_columns};
pub use reader::TapeReader;
pub(crate) use rows::{extend, floats};
pub(crate) use tally::Tally;
pub(crate) use tickers::add_tickers;
pub(crate) use trades_file::{TradesWriter, trade_columns};
pub use trades_reader::TradesReader;
pub use writer::TapeWriter;
