//! The journal of a run: one SQLite file with what the run was and every record of what it did, in order, append-only.
//!
//! Whoever has `sqlite3` can ask it: `SELECT * FROM trades`, likewise `orders`, `fills`, `refusals`, `signals`, `days`, `faults`. What
//! was committed survives a kill at any moment. The cost of an append does not grow with history. The journal must never be written
//! by two at once, nor be changed once a run has ended.

mod error;
mod keys;
mod reader;
mod run;
mod writer;

pub use error::JournalError;
pub use reader::{Journal, Records};
pub use run::{Mode, RunInfo, StrategyInfo};
pub use writer::{Durability, JournalWriter};

/// Marks a SQLite file as a journal of this host: "HJ" and two digits.
const APPLICATION_ID: i64 = 0x484A_3031;
/// Version of the schema that this host writes, and the only one that it reads.
const SCHEMA_VERSION: i64 = 1;
