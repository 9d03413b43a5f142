//! Making a live store, and opening it again: only for the account that it was made for, by one process, and never half made.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use uuid::Uuid;

use super::error::Cause;
use super::lock::Lock;
use super::store::json;
use super::{JOURNAL_FILE, LIVE_VERSION, LiveError, LiveStore};
use crate::journal::steps::Counters;
use crate::journal::{APPLICATION_ID, Journal, JournalError, Mode, RunInfo, SCHEMA_VERSION, StrategyInfo, write_run};

/// How long to wait for a reader that blocks a write.
const BUSY: Duration = Duration::from_secs(5);
/// The write-ahead file is cut back to this when it is folded in.
const WAL_BYTES: i64 = 16 << 20;

/// Whose store it is, and what starts now.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveInfo {
    /// The venue's name.
    pub venue: String,
    /// The account's name at this host.
    pub account: String,
    /// Version of the host.
    pub engine_version: String,
    /// When this session starts, by the host's clock.
    pub started: Timestamp,
    /// The configuration, as TOML, without secrets.
    pub config: String,
    /// Who trades, by slot.
    pub strategies: Vec<StrategyInfo>,
}

impl LiveStore {
    /// Opens the store in `folder` and begins a session; makes both if there are none (folder 0700, file 0600).
    ///
    /// # Errors
    /// [`LiveError::Held`] while another process has it; [`LiveError::WrongAccount`]; what is wrong with the file
    /// ([`LiveError::Journal`]: no journal, damaged, another version, full disk; [`LiveError::Gone`]) or with the folder ([`LiveError::Io`]).
    pub fn open(folder: impl AsRef<Path>, info: &LiveInfo) -> Result<LiveStore, LiveError> {
        let folder = folder.as_ref();
        let failed = |source| LiveError::Io { path: folder.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let lock = Lock::take(folder)?;
        let path = folder.join(JOURNAL_FILE);
        if !path.exists() {
            create(&path, info)?;
        }
        // Says what is wrong with the file, if it is none of ours.
        Journal::open(&path).map_err(|error| Cause::from(error).at(&path))?;
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|cause| cause.at(&path))?;
        let deployment = check_account(&connection, &path, info)?;
        let counters = count(&connection).map_err(|cause| cause.at(&path))?;
        let strategies = info.strategies.iter().map(|strategy| (strategy.slot, strategy.sha256.clone())).collect();
        let mut store =
            LiveStore { path, connection, counters, deployment, strategies, session: 0, stopped: None, lock };
        store.session = store.write(|transaction| begin_session(transaction, info))?;
        Ok(store)
    }
}

/// Makes the file under another name first, so that a half-made one never has the final name.
fn create(path: &Path, info: &LiveInfo) -> Result<(), LiveError> {
    let failed = |source| LiveError::Io { path: path.to_owned(), source };
    let wal = beside(path, "-wal");
    if wal.exists() {
        return Err(LiveError::Gone { path: path.to_owned(), wal });
    }
    let unfinished = path.with_extension("new");
    for end in ["", "-journal", "-wal", "-shm"] {
        match fs::remove_file(beside(&unfinished, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).map_err(failed)?;
    fill(&unfinished, info).map_err(|cause| cause.at(path))?;
    fs::rename(&unfinished, path).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn fill(path: &Path, info: &LiveInfo) -> Result<(), Cause> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let run = RunInfo {
        mode: Mode::Live,
        engine_version: info.engine_version.clone(),
        started: info.started,
        ended: None,
        seed: 0,
        data: owner(&info.venue, &info.account),
        config: info.config.clone(),
        strategies: info.strategies.clone(),
        markets: Vec::new(),
    };
    write_run(path, &transaction, &run)?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    let sql = "INSERT INTO account (version, venue, account, deployment) VALUES (?, ?, ?, ?)";
    transaction.execute(sql, params![LIVE_VERSION, info.venue, info.account, Uuid::new_v4().to_string()])?;
    transaction.commit()?;
    // While nobody else can see the file: a kill on the way leaves something that only a writer can put right. After the
    // commit: so that all is in this one file, which alone gets the final name.
    write_ahead(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Switches to write-ahead mode, in which a file stays.
fn write_ahead(connection: &Connection) -> Result<(), Cause> {
    // To its end: the change is committed behind the row that names the mode, and only there does SQLite say that it failed.
    let mut pragma = connection.prepare("PRAGMA journal_mode = WAL")?;
    let modes: Vec<String> = pragma.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    match modes.as_slice() {
        [mode] if mode == "wal" => Ok(()),
        other => Err(Cause::Unwritable(format!("its journal mode is `{}` and cannot be changed", other.concat()))),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Cause> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    write_ahead(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Whether the store is that account's; returns what tells its orders from others'.
fn check_account(connection: &Connection, path: &Path, info: &LiveInfo) -> Result<Uuid, LiveError> {
    let wrong =
        |found| LiveError::WrongAccount { path: path.to_owned(), found, wanted: owner(&info.venue, &info.account) };
    let read = || {
        let live = "SELECT 1 FROM sqlite_schema WHERE name = 'account'";
        if !connection.prepare(live)?.exists([])? {
            return Ok(None);
        }
        let sql = "SELECT version, venue, account, deployment FROM account";
        let row = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
        };
        let found = connection.query_row(sql, [], row).optional()?;
        found.map(Some).ok_or_else(|| Cause::Damaged("whose account it is, is missing".to_owned()))
    };
    let Some((version, venue, account, deployment)) = read().map_err(|cause: Cause| cause.at(path))? else {
        return Err(wrong("a run without an account".to_owned()));
    };
    if version != LIVE_VERSION {
        return Err(JournalError::Version { path: path.to_owned(), found: version, expected: LIVE_VERSION }.into());
    }
    if (&venue, &account) != (&info.venue, &info.account) {
        return Err(wrong(owner(&venue, &account)));
    }
    deployment.parse().map_err(|_| Cause::Damaged("its deployment id cannot be read".to_owned()).at(path))
}

fn count(connection: &Connection) -> Result<Counters, Cause> {
    let last = |sql| Ok::<_, Cause>(connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0));
    let (record_seq, event_seq) = (last("SELECT max(seq) FROM records")?, last("SELECT max(seq) FROM events")?);
    Ok(Counters { record_seq, event_seq })
}

fn begin_session(connection: &Connection, info: &LiveInfo) -> Result<i64, Cause> {
    let LiveInfo { engine_version, started, config, strategies, .. } = info;
    let sql = "INSERT INTO sessions (started, engine_version, config, strategies) VALUES (?, ?, ?, ?)";
    connection.execute(sql, params![started.0, engine_version, config, json(strategies)?])?;
    let session = connection.last_insert_rowid();
    // The run is the account's as a whole: it shows what is so now.
    connection
        .execute("UPDATE run SET engine_version = ?, config = ?, ended = NULL", params![engine_version, config])?;
    connection.execute("DELETE FROM strategies", [])?;
    for StrategyInfo { slot, name, version, sha256, parameters } in strategies {
        let sql = "INSERT INTO strategies (slot, name, version, sha256, parameters) VALUES (?, ?, ?, ?, ?)";
        connection.execute(sql, params![slot.0, name, version, sha256, json(parameters)?])?;
    }
    Ok(session)
}

fn owner(venue: &str, account: &str) -> String {
    format!("account `{account}` at `{venue}`")
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}
