//! The file of a live account and the version of the tables that only such an account has.

/// Name of the journal's file within the account's folder.
pub const JOURNAL_FILE: &str = "account.journal";
/// Version of the tables in [`TABLES`].
pub(super) const LIVE_VERSION: i64 = 3;
/// The tables that a live account has besides those of every journal.
pub(crate) const TABLES: &str = include_str!("schema.sql");
