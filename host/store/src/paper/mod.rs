//! The ledger of a pretend account: the books that a venue would keep of it, in a file of their own.
//!
//! It is written by the venue's side of a paper account alone, each change in one transaction that waits for the disk,
//! so that what was acknowledged survives a `kill -9`. Positions and cash follow from its own fills, by its own
//! arithmetic: the host's books are compared with it as they are with a real venue's. The cost of its operations does
//! not grow with history.

mod apply;
mod error;
mod ledger;
mod rows;

pub use error::LedgerError;
pub use ledger::{LedgerOwner, PaperLedger};
pub use rows::{LedgerFill, LedgerOrder, LedgerPosition, LedgerStep, Payout};

/// Name of the ledger within the account's folder.
pub const LEDGER_FILE: &str = "paper.ledger";

/// The beginning of the names of folders of pretend accounts; no venue's name begins so.
pub const FOLDER_PREFIX: &str = "paper-";
