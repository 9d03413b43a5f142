//! The store of a live account: its journal, and the outbox that every order goes through.
//!
//! An order is on disk before it is on the wire. [`LiveStore::commit`] writes down what one step of the engine did, with the
//! orders that it wants, all or none; [`LiveStore::mark_sent`] then says on disk that an order may be at the venue from now on,
//! and gives the [`Sent`] without which nothing can be sent. So after a kill or a power failure at any moment
//! [`LiveStore::recover`] knows which orders never left, and which must be looked up.
//!
//! The store is one file that [`crate::journal::Journal`] reads as well. One process at a time has it. What it costs does not
//! grow with history. It must never guess: a move that an order's state does not allow is an error, and after a failed commit it
//! takes nothing more until it is opened again. It reads no clock.

mod commit;
mod error;
mod id;
pub mod lock;
mod open;
mod operator_log;
mod outbox;
mod recover;
mod schema;
mod state;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod transitions;

pub use commit::{Commit, Ending, LiveFill, PositionRow};
pub use error::LiveError;
pub use id::client_order_id;
pub use open::LiveInfo;
pub use operator_log::{OperatorEntry, Reconciliation};
pub use outbox::OutboxRow;
pub use recover::{Recovery, StoredSnapshot};
pub use schema::JOURNAL_FILE;
pub use state::OutboxState;
pub use store::LiveStore;
pub use summary::{AccountSummary, OpenOrder, account_summary};
pub use transitions::Sent;
