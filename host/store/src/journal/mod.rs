//! The journal of a run: an append-only SQLite file with the description of the run, every event that its engine saw,
//! every record that the engine wrote, in order, and copies of the strategies. With those it can be replayed without
//! any other file ([`events`]), except that a live account's polls of former days are in the recording beside it.
//!
//! It can be queried with `sqlite3`: `SELECT * FROM trades`, likewise `orders`, `fills`, `refusals`, `signals`,
//! `days` and `faults`. Committed data survives a kill at any moment. The cost of an append does not grow with the
//! length of the journal. A journal must never have two writers at once, nor be changed after its run has ended.

pub(crate) mod archive;
mod copy_mark;
mod equity;
mod error;
pub mod events;
mod insert;
mod keys;
mod newest;
mod read_events;
mod read_rows;
mod reader;
mod recorded_polls;
mod resumed;
mod rows;
mod run;
mod schema;
mod swap;
pub(crate) mod upgrade;
mod writer;

pub use archive::ArchiveJob;
pub(crate) use copy_mark::{CopyMark, PlacedMark, check_copy};
#[cfg(test)]
pub(crate) use equity::NOTE_EQUITY;
pub(crate) use equity::insert_equity;
pub use equity::{EQUITY_SPAN, EquityPoint, EquityPoints};
pub use error::JournalError;
pub(crate) use insert::{Counters, insert_component, insert_markets, insert_step, write_run};
pub(crate) use keys::Keys;
#[cfg(test)]
pub(crate) use newest::{NEWEST, TICKER};
pub use read_events::LoggedSteps;
pub use reader::{Journal, Records};
pub(crate) use recorded_polls::{RECORDED_POLL, RecordedPoll};
pub(crate) use rows::decode as decode_rows;
pub use run::{Mode, RunInfo, StrategyInfo};
pub(crate) use schema::{APPLICATION_ID, JOURNAL_TABLES, OLDEST_SCHEMA, SCHEMA, SCHEMA_VERSION, VIEWS};
pub use writer::{Durability, JournalWriter};
