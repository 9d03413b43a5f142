//! The journal of a run: one SQLite file with what the run was, every event that its engine saw and every record of what it did,
//! in order, append-only; and copies of its strategies, so that the journal can be replayed by itself ([`events`]).
//!
//! Whoever has `sqlite3` can ask it: `SELECT * FROM trades`, likewise `orders`, `fills`, `refusals`, `signals`, `days`, `faults`. What
//! was committed survives a kill at any moment. The cost of an append does not grow with history. The journal must never be written
//! by two at once, nor be changed once a run has ended.

mod error;
pub mod events;
mod insert;
mod keys;
mod read_events;
mod reader;
mod rows;
mod run;
mod schema;
mod writer;

pub use error::JournalError;
pub(crate) use insert::{Counters, insert_component, insert_markets, insert_step, write_run};
pub use read_events::LoggedSteps;
pub use reader::{Journal, Records};
pub use run::{Mode, RunInfo, StrategyInfo};
pub(crate) use schema::{APPLICATION_ID, SCHEMA_VERSION};
pub use writer::{Durability, JournalWriter};
