//! A live account's journal, read with nothing of the host's own code.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::wait::PATIENCE;

/// The journal at `path`, which a host may be writing to.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// What `read` makes of each row that `sql` finds.
pub fn select<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}
