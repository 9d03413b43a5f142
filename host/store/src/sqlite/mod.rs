//! SQLite files as another may have made them: a journal that was sent, an account from a backup of a stranger.
//!
//! A schema is a program: a table may be a view that never ends, a column or a check may call functions that fill the
//! memory, a trigger may do anything on a write. So every file that was not made just now is opened by [`open`] and
//! goes through a [`Schema`] before anything is read from its tables.

mod schema;
mod words;

use std::path::Path;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

pub(crate) use schema::Schema;

/// Longest wait for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);
/// Longest text or blob that is read: the largest poll and the largest component are far below.
const LONGEST: i32 = 128 << 20;

/// Opens the file at `path`, of whose content nothing is known yet.
pub(crate) fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // Not where this host writes: the state of a strategy may be as large as its memory, and must not end the host.
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    }
    // Views and checks of the file get no functions that have effects.
    connection.pragma_update(None, "trusted_schema", false)?;
    // Damage of a page is found when it is read, and not by a fault of the memory.
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(connection)
}

/// Lets `connection` read texts and blobs of any length: an account's own states are as large as its strategies make
/// them.
pub(crate) fn allow_any_length(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::MAX).map(drop)
}
