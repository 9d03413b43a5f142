//! Brings the store of a former version to the present one, when the host that goes on with it opens it.
//!
//! All of it is one transaction: a host that is killed in the middle leaves the store as it was.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::Value;

use super::error::OperationError;
use super::schema::{LIVE_VERSION, TABLES};
use super::store::{json, parse};
use crate::journal::{JOURNAL_TABLES, SCHEMA_VERSION, VIEWS, upgrade as units};

/// The version from which a store can be upgraded.
pub(super) const FORMER_VERSION: i64 = 2;
/// The version of an engine's state that is in the units of this host, and the one that its former units had.
const STATE_VERSIONS: (i64, i64) = (2, 1);
const ROWS: &str = include_str!("upgrade.sql");
/// Events and records stay as they are, and readers convert those up to the last of them.
const FORMER_UNITS: &str = "UPDATE former_units SET events_to = (SELECT coalesce(max(seq), 0) FROM events), \
    records_to = (SELECT coalesce(max(seq), 0) FROM records)";
const BASELINE: &str = "baseline";

/// Upgrades the store from [`FORMER_VERSION`].
pub(super) fn upgrade(connection: &mut Connection) -> Result<(), OperationError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for script in [ROWS, JOURNAL_TABLES, TABLES, FORMER_UNITS, VIEWS] {
        transaction.execute_batch(script)?;
    }
    upgrade_states(&transaction)?;
    upgrade_baseline(&transaction)?;
    transaction.execute("UPDATE account SET version = ?", params![LIVE_VERSION])?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(transaction.commit()?)
}

/// Brings the kept states of the engine into the units of this host.
fn upgrade_states(transaction: &Transaction<'_>) -> Result<(), OperationError> {
    let (present, former) = STATE_VERSIONS;
    let mut select = transaction.prepare("SELECT number, body FROM snapshots WHERE version = ?")?;
    let rows = select.query_map([former], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let states: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
    for (number, body) in states {
        let body = converted(&body, "the engine's state", units::state)?;
        transaction
            .execute("UPDATE snapshots SET version = ?, body = ? WHERE number = ?", params![present, body, number])?;
    }
    Ok(())
}

/// Brings the part of the account that is not the host's into the units of this host.
fn upgrade_baseline(transaction: &Transaction<'_>) -> Result<(), OperationError> {
    let sql = "SELECT value FROM meta WHERE key = ?";
    let kept: Option<String> = transaction.query_row(sql, [BASELINE], |row| row.get(0)).optional()?;
    let Some(kept) = kept else { return Ok(()) };
    let value = converted(&kept, "what of the account is not the host's", units::baseline)?;
    transaction.execute("UPDATE meta SET value = ? WHERE key = ?", params![value, BASELINE])?;
    Ok(())
}

fn converted(
    body: &str,
    what: &str,
    convert: impl FnOnce(&mut Value) -> Result<(), String>,
) -> Result<String, OperationError> {
    let mut value: Value = parse(body, what)?;
    convert(&mut value).map_err(|reason| OperationError::Damaged(format!("{what}: {reason}")))?;
    json(&value)
}
