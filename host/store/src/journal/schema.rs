//! The marks of a journal file and the versions of its tables.

use crate::sqlite::Schema;

/// SQLite application id of a journal: "HJ" and two digits.
pub(crate) const APPLICATION_ID: i64 = 0x484A_3031;
/// Version of the tables that this host writes. Version 2 added `events` and `components`; version 3
/// has finer units of money and quantity.
pub(crate) const SCHEMA_VERSION: i64 = 3;
/// Oldest version that this host reads: records, but no events.
pub(crate) const OLDEST_SCHEMA: i64 = 1;
/// The tables.
pub(crate) const JOURNAL_TABLES: &str = include_str!("schema.sql");
/// The views, which replace those of a former version.
pub(crate) const VIEWS: &str = include_str!("views.sql");
/// The tables that an account has beside those of a journal.
const ACCOUNT_TABLES: &str = include_str!("../live/schema.sql");
/// The tables, indexes and triggers that a journal may have, that of a live account among them.
pub(crate) const SCHEMA: Schema<'static> = Schema::of(&[JOURNAL_TABLES, ACCOUNT_TABLES, VIEWS]);
