//! The store of a live account: its journal, and the outbox that every order passes through.
//!
//! An order is on disk before it is on the wire. [`LiveStore::commit`] writes the effects of the engine's steps and the
//! orders that they place, all or none and in one wait for the disk: from then on each of the orders may be at the
//! venue. Only the commit returns the [`Sent`] without which nothing can be sent. So after a kill or a power failure at
//! any moment [`LiveStore::recover`] knows which orders must be looked up at the venue: those that never left are found
//! not to be there.
//!
//! The store is one file, which [`crate::journal::Journal`] can read as well. One process at a time may open it. The
//! cost of its operations does not grow with history. It must never guess: a transition that an order's state does
//! not allow is an error, and after a failed commit the store accepts nothing until it is opened again. It reads no
//! clock.

mod chart_lines;
mod commit;
mod error;
mod forget;
mod formats;
mod id;
pub mod lock;
mod notices;
mod open;
mod operator_log;
mod outbox;
mod place;
mod recover;
mod refer;
mod schema;
mod shadow;
mod states;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod transitions;
mod upgrade;
mod verify;

pub use chart_lines::{LINES_KEPT, LineSample, account_lines, market_lines};
pub use commit::{Commit, Ending, LiveFill, PositionRow};
pub use error::StoreError;
pub use formats::AccountFormats;
pub use id::client_order_id;
pub use notices::{KeptNotice, account_notices};
pub use open::LiveInfo;
pub use operator_log::{OperatorEntry, Reconciliation, ReconciliationDay};
pub use outbox::OutboxRow;
pub use recover::{Recovery, StoredSnapshot};
pub use refer::Referred;
pub use schema::JOURNAL_FILE;
pub use shadow::ShadowStep;
pub use states::{KeptState, account_states};
pub use store::LiveStore;
pub use summary::{
    AccountHistory, AccountSummary, OpenOrder, SessionSettings, SessionSummary, account_history, account_meta,
    account_operator_log, account_settings, account_summary, latest_operator_entries, latest_settings,
};
pub use transitions::Sent;
pub use verify::{VerifiedAccount, verify_account};
