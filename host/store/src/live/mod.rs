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
mod glance;
mod id;
pub mod lock;
mod log;
mod moves;
mod open;
mod outbox;
mod recover;
mod state;
mod store;
#[cfg(test)]
mod tests;

pub use commit::{Commit, Ending, LiveFill, PositionRow};
pub use error::LiveError;
pub use glance::{Glance, OpenOrder, glance};
pub use id::client_order_id;
pub use log::{OperatorEntry, Reconciliation};
pub use moves::Sent;
pub use open::LiveInfo;
pub use outbox::OutboxRow;
pub use recover::{Recovery, Snapshot};
pub use state::OutboxState;
pub use store::LiveStore;

/// The journal's file within an account's folder.
pub const JOURNAL_FILE: &str = "account.journal";
/// Version of the tables that only a live account has.
const LIVE_VERSION: i64 = 2;
