//! Reads an account's store from end to end, and checks that it agrees with itself.

use std::path::Path;

use super::store::order_with_odd_fills;
use super::summary::{AccountSummary, account_summary};
use super::{JOURNAL_FILE, StoreError};
use crate::journal::{Journal, JournalError};

/// An account whose store was found to be whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccount {
    /// Number of the last event.
    pub events: u64,
    /// Number of the last record.
    pub records: u64,
    pub summary: AccountSummary,
}

/// Checks the pages of the journal in `folder`, that it can be read from the first event to the last, with the polls
/// that it refers to, and that its orders and fills agree. Changes nothing; a host may write it meanwhile.
///
/// # Errors
/// The first fault that is found: mostly [`JournalError::Damaged`].
pub fn verify_account(folder: &Path) -> Result<VerifiedAccount, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let damaged = |reason: String| JournalError::Damaged { path: path.clone(), reason };
    let journal = Journal::open(&path)?;
    let found = journal.quick_check()?;
    if found != "ok" {
        return Err(damaged(found).into());
    }
    if let Some(order) = order_with_odd_fills(journal.connection(), &path)? {
        return Err(damaged(format!("the fills of order {order} do not add up")).into());
    }
    let mut events = 0;
    for step in journal.steps() {
        events = step?.seq.unsigned_abs();
    }
    Ok(VerifiedAccount { events, records: journal.count()?, summary: account_summary(folder)? })
}
