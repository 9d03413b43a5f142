//! A live account's journal, read without the host's own code, so that its mistakes cannot hide themselves.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::wait::PATIENCE;

/// Opens the journal at `path` to read it, possibly while a host writes to it.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Applies `read` to each row that `sql` selects.
pub fn select<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}
