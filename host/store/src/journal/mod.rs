//! The journal of a run: one SQLite file with what the run was, every event that its engine saw and every record of what it did,
//! in order, append-only; and copies of its strategies, so that the journal can be replayed by itself ([`steps`]).
//!
//! Whoever has `sqlite3` can ask it: `SELECT * FROM trades`, likewise `orders`, `fills`, `refusals`, `signals`, `days`, `faults`. What
//! was committed survives a kill at any moment. The cost of an append does not grow with history. The journal must never be written
//! by two at once, nor be changed once a run has ended.

mod error;
mod keys;
mod reader;
mod rows;
mod run;
pub mod steps;
mod writer;

pub use error::JournalError;
pub use reader::{Journal, Records};
pub use run::{Mode, RunInfo, StrategyInfo};
pub use writer::{Durability, JournalWriter};
pub(crate) use writer::{insert_markets, write_run};

/// Marks a SQLite file as a journal of this host: "HJ" and two digits.
pub(crate) const APPLICATION_ID: i64 = 0x484A_3031;
/// Version of the schema that this host writes. Version 2 added the tables `events` and `components`.
pub(crate) const SCHEMA_VERSION: i64 = 2;
/// The oldest that it reads: records, but no events.
const OLDEST_SCHEMA: i64 = 1;
