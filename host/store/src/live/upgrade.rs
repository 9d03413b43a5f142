//! Brings the store of a former version to the present one, when the host that goes on with it opens it.
//!
//! All of it is one transaction: a host that is killed in the middle leaves the store as it was.

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::OperationError;
use super::schema::LIVE_VERSION;
use crate::journal::SCHEMA_VERSION;

/// The version from which a store can be upgraded.
pub(super) const FORMER_VERSION: i64 = 2;
const TABLES: &str = include_str!("upgrade.sql");

/// Upgrades the store from [`FORMER_VERSION`].
pub(super) fn upgrade(connection: &mut Connection) -> Result<(), OperationError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("UPDATE account SET version = ?", params![LIVE_VERSION])?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(transaction.commit()?)
}
