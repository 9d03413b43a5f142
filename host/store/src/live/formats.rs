//! The versions of an account's files, beside those that this host reads and writes.

use std::ops::RangeInclusive;
use std::path::Path;

use rusqlite::{OpenFlags, OptionalExtension};

use super::error::OperationError;
use super::schema::LIVE_VERSION;
use super::upgrade::FORMER_VERSION;
use super::{JOURNAL_FILE, StoreError};
use crate::journal::{OLDEST_SCHEMA, SCHEMA, SCHEMA_VERSION};
use crate::sqlite;

const ACCOUNT: &str = "SELECT version FROM account";
const STATE: &str = "SELECT version FROM snapshots ORDER BY number DESC LIMIT 1";
const HOST: &str = "SELECT engine_version FROM sessions ORDER BY number DESC LIMIT 1";

/// The versions of the files of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFormats {
    /// Version of the tables that every journal has.
    pub journal: i64,
    /// Version of the tables that an account has besides; none if the journal is of no account.
    pub account: Option<i64>,
    /// Version of the engine's last state; none if none was kept yet.
    pub state: Option<i64>,
    /// Version of the host that traded it last.
    pub last_host: Option<String>,
}

impl AccountFormats {
    /// The versions of a journal that this host reads; the last one is what it writes.
    pub const JOURNAL: RangeInclusive<i64> = OLDEST_SCHEMA..=SCHEMA_VERSION;
    /// The versions of an account's tables that this host goes on with; the last one is what it writes.
    pub const ACCOUNT: RangeInclusive<i64> = FORMER_VERSION..=LIVE_VERSION;

    /// Reads the versions of the store in `folder`, whatever they are. Nothing else of it is read, and nothing changed.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if there is no store, or it cannot be read at all.
    pub fn of(folder: &Path) -> Result<AccountFormats, StoreError> {
        let path = folder.join(JOURNAL_FILE);
        read(&path).map_err(|cause| cause.at(&path))
    }
}

fn read(path: &Path) -> Result<AccountFormats, OperationError> {
    let connection = sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    SCHEMA.check(&connection)?;
    let has = |table: &str| connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?")?.exists([table]);
    let one = |table: &str, sql: &str| match has(table)? {
        true => connection.query_row(sql, [], |row| row.get::<_, i64>(0)).optional(),
        false => Ok(None),
    };
    let last_host = match has("sessions")? {
        true => connection.query_row(HOST, [], |row| row.get(0)).optional()?,
        false => None,
    };
    Ok(AccountFormats {
        journal: connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
        account: one("account", ACCOUNT)?,
        state: one("snapshots", STATE)?,
        last_host,
    })
}
