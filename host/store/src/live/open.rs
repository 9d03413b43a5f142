//! Creates and opens a live store: only for the account that it was created for, by one process at a time, and never
//! in a half-created state.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use host_core::{SlotId, Timestamp};
use host_system::files;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use uuid::Uuid;

use super::error::OperationError;
use super::lock::{HostLock, LOCK_FILE};
use super::recover::LATEST;
use super::schema::{JOURNAL_FILE, LIVE_VERSION, TABLES};
use super::store::json;
use super::upgrade::{FORMER_VERSION, upgrade};
use super::{LiveStore, StoreError};
use crate::journal::{
    APPLICATION_ID, CopyMark, Counters, Journal, Mode, RunInfo, SCHEMA_VERSION, StrategyInfo, check_copy, write_run,
};
use crate::sqlite;

/// Size to which the write-ahead log is truncated after it was folded in.
const WAL_BYTES: i64 = 16 << 20;

const LAST_KEY: &str = "SELECT key_id FROM sessions ORDER BY number DESC LIMIT 1";
/// The owner of the store, and the session that starts.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveInfo {
    /// [`Mode::Live`] or [`Mode::PaperAtVenue`].
    pub mode: Mode,
    pub venue: String,
    /// The venue's environment, such as production. Each has its own money and positions.
    pub environment: String,
    /// The account's name at this host.
    pub account: String,
    /// Id of the API key. It may change from session to session.
    pub key_id: String,
    pub engine_version: String,
    /// Format version of the engine's state, stored with each snapshot so that a later host can tell whether it can
    /// read it.
    pub state_version: i64,
    /// Start of this session, by the host's clock.
    pub started: Timestamp,
    /// The configuration as TOML, without secrets.
    pub config: String,
    /// Strategies by slot.
    pub strategies: Vec<StrategyInfo>,
}

impl LiveStore {
    /// Opens the store in `folder` and begins a session. Creates the folder (0700) and the file (0600) if necessary.
    ///
    /// # Errors
    /// [`StoreError::Held`] while another process has it open; [`StoreError::WrongAccount`];
    /// errors of the file ([`StoreError::Journal`] if it is not a journal, damaged, or the disk is full;
    /// [`StoreError::Version`], [`StoreError::State`], [`StoreError::Gone`], [`StoreError::Dangling`]) or of the folder
    /// ([`StoreError::Io`]).
    pub fn open(folder: impl AsRef<Path>, info: &LiveInfo) -> Result<LiveStore, StoreError> {
        let folder = folder.as_ref();
        let failed = |source| StoreError::Io { path: folder.to_owned(), source };
        files::create_private_folder(folder).map_err(failed)?;
        let lock = HostLock::take(&folder.join(LOCK_FILE), folder)?;
        let path = folder.join(JOURNAL_FILE);
        if !is_there(&path)? {
            create(&path, info)?;
        }
        // Tells what is wrong with the file if it is not a journal of this host.
        Journal::open(&path).map_err(|error| OperationError::from(error).at(&path))?;
        let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|cause| cause.at(&path))?;
        check_copy(&path, &connection, true)?;
        let (deployment, upgraded_from) = check_account(&mut connection, &path, info)?;
        check_state(&connection, &path, info)?;
        let mark = CopyMark::begin(&path, &connection)?;
        let counters = count(&connection).map_err(|cause| cause.at(&path))?;
        let mut store = LiveStore {
            path,
            connection,
            counters,
            deployment,
            nonce: Uuid::new_v4(),
            former_key: None,
            upgraded_from,
            state_version: info.state_version,
            strategies: BTreeMap::new(),
            slots: BTreeMap::new(),
            session: 0,
            commits_since_checkpoint: 0,
            mark,
            place: None,
            stopped: None,
            _lock: lock,
        };
        store.former_key =
            store.read(|connection| Ok(connection.query_row(LAST_KEY, [], |row| row.get(0)).optional()?))?;
        let former = store.read(|connection| last_in_slots(connection, |name, _| name))?;
        let (nonce, strategies) = (store.nonce, in_slots(&info.strategies, &former));
        store.session = store.write(|transaction| begin_session(transaction, info, &strategies, nonce))?;
        // Includes slots without a strategy in this session: their exits are still sent.
        store.strategies = store.read(|connection| last_in_slots(connection, |_, sha256| sha256))?;
        store.slots = store.read(|connection| last_in_slots(connection, |name, _| name))?;
        // Brings the mark into the file, so that a copy of the file alone has it.
        store.checkpoint()?;
        store.note_place()?;
        Ok(store)
    }
}

/// Returns true if there is a journal. A dangling link is an error: its disk may not be mounted, so a new journal
/// must not be created in its place.
fn is_there(path: &Path) -> Result<bool, StoreError> {
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match (fs::symlink_metadata(path), fs::metadata(path)) {
        (_, Ok(_)) => Ok(true),
        (Err(error), _) if is_missing(&error) => Ok(false),
        (Ok(_), Err(error)) if is_missing(&error) => Err(StoreError::Dangling { path: path.to_owned() }),
        (Err(source), _) | (_, Err(source)) => Err(StoreError::Io { path: path.to_owned(), source }),
    }
}

/// Creates the file under another name first, so that a half-created one never has the final name.
fn create(path: &Path, info: &LiveInfo) -> Result<(), StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), source };
    let wal = beside(path, "-wal");
    if fs::symlink_metadata(&wal).is_ok() {
        return Err(StoreError::Gone { path: path.to_owned(), wal });
    }
    let unfinished = path.with_extension("new");
    for end in ["", "-journal", "-wal", "-shm"] {
        files::remove_if_present(&beside(&unfinished, end)).map_err(failed)?;
    }
    files::new_private_file(&unfinished).map_err(failed)?;
    fill(&unfinished, info).map_err(|cause| cause.at(path))?;
    files::rename_durably(&unfinished, path).map_err(failed)
}

fn fill(path: &Path, info: &LiveInfo) -> Result<(), OperationError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let run = RunInfo {
        mode: info.mode,
        engine_version: info.engine_version.clone(),
        started: info.started,
        ended: None,
        seed: 0,
        data: owner(&info.venue, &kept_environment(info), &info.account),
        data_digest: info.environment.clone(),
        config: info.config.clone(),
        strategies: info.strategies.clone(),
        markets: Vec::new(),
    };
    write_run(path, &transaction, &run)?;
    transaction.execute_batch(TABLES)?;
    let sql = "INSERT INTO account (version, venue, environment, account, deployment) VALUES (?, ?, ?, ?, ?)";
    let LiveInfo { venue, account, .. } = info;
    let environment = kept_environment(info);
    transaction.execute(sql, params![LIVE_VERSION, venue, environment, account, Uuid::new_v4().to_string()])?;
    transaction.commit()?;
    // Before the file gets its name, because a kill during the switch leaves a state that only a writer can repair.
    // After the commit, because only this one file is renamed: the data must not be in a write-ahead log.
    write_ahead(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Switches the file to write-ahead mode, for good.
fn write_ahead(connection: &Connection) -> Result<(), OperationError> {
    // All rows are read, because SQLite commits the change after the row that names the mode, and reports a failure
    // there.
    let mut pragma = connection.prepare("PRAGMA journal_mode = WAL")?;
    let modes: Vec<String> = pragma.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    match modes.as_slice() {
        [mode] if mode == "wal" => Ok(()),
        other => {
            Err(OperationError::Unwritable(format!("its journal mode is `{}` and cannot be changed", other.concat())))
        }
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, OperationError> {
    let connection = sqlite::open(path, flags)?;
    write_ahead(&connection)?;
    // Only an orderly close folds the log into the file: otherwise the mark says that there is one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    // Not within a commit: an order may be waiting for that. See `LiveStore::checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Checks that the store belongs to the account, upgrades it if a host of the former version wrote it, and returns
/// the store's deployment id with the version that it was upgraded from, if it was.
fn check_account(connection: &mut Connection, path: &Path, info: &LiveInfo) -> Result<(Uuid, Option<i64>), StoreError> {
    let environment = kept_environment(info);
    let wanted = [&info.venue, &environment, &info.account].map(String::as_str);
    let wrong = |found| StoreError::WrongAccount {
        path: path.to_owned(),
        found,
        wanted: owner(wanted[0], wanted[1], wanted[2]),
    };
    let Some(version) = account_version(connection).map_err(|cause| cause.at(path))? else {
        return Err(wrong("a run without an account".to_owned()));
    };
    if version != LIVE_VERSION && version != FORMER_VERSION {
        return Err(StoreError::Version { path: path.to_owned(), found: version, expected: LIVE_VERSION });
    }
    let sql = "SELECT venue, environment, account, deployment FROM account";
    let row = |row: &rusqlite::Row<'_>| Ok([row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
    let [venue, environment, account, deployment] =
        connection.query_row(sql, [], row).map_err(|error| OperationError::from(error).at(path))?;
    if [&venue, &environment, &account].map(String::as_str) != wanted {
        return Err(wrong(owner(&venue, &environment, &account)));
    }
    // Only the owner's host changes the file.
    let former = Some(version).filter(|version| *version == FORMER_VERSION);
    if former.is_some() {
        upgrade(connection).map_err(|cause| cause.at(path))?;
    }
    let unread = |_| OperationError::Damaged("its deployment id cannot be read".to_owned()).at(path);
    Ok((deployment.parse().map_err(unread)?, former))
}

/// Refuses an engine's state that a later host has kept, before anything is changed.
fn check_state(connection: &Connection, path: &Path, info: &LiveInfo) -> Result<(), StoreError> {
    let kept = connection.query_row(LATEST, [], |row| row.get::<_, i64>(0)).optional();
    match kept.map_err(|error| OperationError::from(error).at(path))? {
        Some(found) if found > info.state_version => {
            Err(StoreError::State { path: path.to_owned(), found, expected: info.state_version })
        }
        _ => Ok(()),
    }
}

/// Returns the version of the account's tables; `None` if there are none.
fn account_version(connection: &Connection) -> Result<Option<i64>, OperationError> {
    if !connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'account'")?.exists([])? {
        return Ok(None);
    }
    let version = connection.query_row("SELECT version FROM account", [], |row| row.get(0)).optional()?;
    version.map(Some).ok_or_else(|| OperationError::Damaged("whose account it is, is missing".to_owned()))
}

/// Returns `strategies` in the slots that they had in this account, by name, and new ones behind all `former` slots:
/// the order in which they are named decides nothing.
fn in_slots(strategies: &[StrategyInfo], former: &BTreeMap<SlotId, String>) -> Vec<StrategyInfo> {
    let mut next = former.keys().next_back().map_or(0, |last| last.0 + 1);
    let mut place = |strategy: &StrategyInfo| {
        let own = former.iter().find(|(_, name)| **name == strategy.name).map(|(slot, _)| *slot);
        let slot = own.unwrap_or(SlotId(next));
        next += u16::from(own.is_none());
        StrategyInfo { slot, ..strategy.clone() }
    };
    let mut seated: Vec<&StrategyInfo> = strategies.iter().collect();
    seated.sort_by_key(|strategy| &strategy.name);
    seated.into_iter().map(&mut place).collect()
}

/// Returns, by slot, `of` the last strategy's name and component digest.
fn last_in_slots(
    connection: &Connection,
    of: impl Fn(String, String) -> String,
) -> Result<BTreeMap<SlotId, String>, OperationError> {
    let mut select = connection.prepare("SELECT slot, name, sha256 FROM slots")?;
    let rows = select.query_map([], |row| Ok((SlotId(row.get(0)?), of(row.get(1)?, row.get(2)?))))?;
    rows.map(|row| row.map_err(OperationError::from)).collect()
}

fn count(connection: &Connection) -> Result<Counters, OperationError> {
    let last =
        |sql| Ok::<_, OperationError>(connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0));
    let (record_seq, event_seq) = (last("SELECT max(seq) FROM records")?, last("SELECT max(seq) FROM events")?);
    Ok(Counters { record_seq, event_seq })
}

fn begin_session(
    connection: &Connection,
    info: &LiveInfo,
    strategies: &[StrategyInfo],
    nonce: Uuid,
) -> Result<i64, OperationError> {
    // A store of this version may be older than a table that was added since.
    connection.execute_batch(TABLES)?;
    let LiveInfo { key_id, engine_version, started, config, .. } = info;
    let sql = "INSERT INTO sessions (started, engine_version, config, strategies, key_id, nonce) \
               VALUES (?, ?, ?, ?, ?, ?)";
    let row = params![started.0, engine_version, config, json(&strategies)?, key_id, nonce.to_string()];
    connection.execute(sql, row)?;
    let session = connection.last_insert_rowid();
    // The tables `run` and `strategies` describe the account as a whole, so they show the current session.
    connection
        .execute("UPDATE run SET engine_version = ?, config = ?, ended = NULL", params![engine_version, config])?;
    connection.execute("DELETE FROM strategies", [])?;
    for StrategyInfo { slot, name, version, sha256, parameters } in strategies {
        let sql = "INSERT INTO strategies (slot, name, version, sha256, parameters) VALUES (?, ?, ?, ?, ?)";
        connection.execute(sql, params![slot.0, name, version, sha256, json(parameters)?])?;
        let sql = "INSERT OR REPLACE INTO slots (slot, name, sha256) VALUES (?, ?, ?)";
        connection.execute(sql, params![slot.0, name, sha256])?;
    }
    Ok(session)
}

/// Returns the environment as the store keeps it. That of a pretend account is never that of a real one, so that its
/// books cannot be gone on with as a real account's, nor the other way.
fn kept_environment(info: &LiveInfo) -> String {
    match info.mode {
        Mode::PaperAtVenue => format!("on paper, {}", info.environment),
        Mode::Live | Mode::Backtest | Mode::Paper => info.environment.clone(),
    }
}

fn owner(venue: &str, environment: &str, account: &str) -> String {
    format!("account `{account}` at `{venue}` ({environment})")
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}
