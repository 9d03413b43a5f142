//! The store itself: one connection, one lock, and the rule that nothing is written after a failed commit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, OrderId, SlotId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::LiveError;
use super::error::OperationError;
use super::lock::HostLock;
use crate::journal::{Counters, JournalError, insert_component};

pub(super) const MARKETS: &str = "SELECT body FROM markets ORDER BY id";
pub(super) const MARKET_BY_TICKER: &str = "SELECT id FROM markets WHERE ticker = ?";
pub(super) const LAST_ORDER: &str = "SELECT max(order_id) FROM outbox";
pub(super) const META: &str = "SELECT value FROM meta WHERE key = ?";

/// The store of a live account, open for this process alone.
#[derive(Debug)]
pub struct LiveStore {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) counters: Counters,
    pub(super) deployment: Uuid,
    /// What tells this session's orders from those of all others.
    pub(super) nonce: Uuid,
    /// The key of the session before this one, if there was one.
    pub(super) former_key: Option<String>,
    /// With which version snapshots are kept.
    pub(super) state_version: i64,
    /// By slot, the digest of the component that trades in it, or did so last.
    pub(super) strategies: BTreeMap<SlotId, String>,
    pub(super) session: i64,
    /// What failed, if something did.
    pub(super) stopped: Option<String>,
    /// Behind the connection, so that it is released last.
    pub(super) lock: HostLock,
}

impl LiveStore {
    /// The journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What tells this store's orders from all others'. Drawn at random when the store was made.
    pub fn deployment(&self) -> Uuid {
        self.deployment
    }

    /// What tells this session's orders from those of all others, also where the store was brought back from a copy.
    pub fn nonce(&self) -> Uuid {
        self.nonce
    }

    /// The key's id in the session before this one, if there was one: keys may change, the account may not.
    pub fn former_key(&self) -> Option<&str> {
        self.former_key.as_deref()
    }

    /// Number of this start of the host, from 1.
    pub fn session(&self) -> i64 {
        self.session
    }

    /// How many events were written down.
    pub fn events(&self) -> u64 {
        self.counters.event_seq.unsigned_abs()
    }

    /// The highest number that an order has; none before the first.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn last_order(&self) -> Result<Option<OrderId>, LiveError> {
        self.read(|connection| {
            let last: Option<i64> = connection.prepare_cached(LAST_ORDER)?.query_row([], |row| row.get(0))?;
            Ok(last.map(|id| OrderId(id.cast_unsigned())))
        })
    }

    /// All markets that were ever listed, by number.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where they cannot be read.
    pub fn markets(&self) -> Result<Vec<Market>, LiveError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(MARKETS)?;
            let mut rows = select.query([])?;
            let mut markets = Vec::new();
            while let Some(row) = rows.next()? {
                markets.push(parse(&row.get::<_, String>(0)?, "a market")?);
            }
            Ok(markets)
        })
    }

    /// The number of the market `ticker`, if it was ever listed. It keeps it for ever.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn market_number(&self, ticker: &str) -> Result<Option<MarketId>, LiveError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(MARKET_BY_TICKER)?;
            Ok(select.query_row([ticker], |row| row.get(0).map(MarketId)).optional()?)
        })
    }

    /// What was kept under `key`, if anything was.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read, or is of another shape.
    pub fn meta<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, LiveError> {
        self.read(|connection| {
            let found: Option<String> =
                connection.prepare_cached(META)?.query_row([key], |row| row.get(0)).optional()?;
            found.map(|text| parse(&text, &format!("`{key}`"))).transpose()
        })
    }

    /// Keeps `value` under `key`, in place of what was there.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn set_meta(&mut self, key: &str, value: &impl Serialize) -> Result<(), LiveError> {
        self.write(|transaction| {
            let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)";
            transaction.prepare_cached(sql)?.execute(params![key, json(value)?])?;
            Ok(())
        })
    }

    /// Keeps a copy of a component under its digest, once, so that the journal can be replayed by itself.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn keep_component(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), LiveError> {
        let path = self.path.clone();
        self.write(|transaction| Ok(insert_component(&path, transaction, sha256, bytes)?))
    }

    /// Folds the write-ahead file into the journal, as far as readers let it. SQLite does so by itself every 1,000 pages.
    ///
    /// # Errors
    /// [`LiveError::Journal`], [`LiveError::Disk`]; what was committed stays.
    pub fn checkpoint(&mut self) -> Result<(), LiveError> {
        self.read(|connection| Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?))
    }

    /// Notes that the host stopped in good order at `time`, and closes the store.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn close(mut self, time: Timestamp) -> Result<(), LiveError> {
        let session = self.session;
        self.write(|transaction| {
            transaction.execute("UPDATE sessions SET ended = ? WHERE number = ?", [time.0, session])?;
            transaction.execute("UPDATE run SET ended = ?", [time.0])?;
            Ok(())
        })?;
        let LiveStore { path, connection, lock, .. } = self;
        let closed = connection.close().map_err(|(_, error)| OperationError::from(error).at(&path));
        drop(lock);
        closed
    }

    /// Looks through the whole file: pages, and whether orders and fills agree. Takes longer the more there is; for a person
    /// who asks, not for each start.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] with the first thing that is wrong.
    pub fn verify(&self) -> Result<(), LiveError> {
        let damaged = |reason| LiveError::from(JournalError::Damaged { path: self.path.clone(), reason });
        let found: String =
            self.read(|connection| Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?))?;
        if found != "ok" {
            return Err(damaged(found));
        }
        let sql = "SELECT order_id FROM outbox WHERE filled <> (SELECT coalesce(sum(body ->> 'qty'), 0) FROM executions \
                   WHERE executions.order_id = outbox.order_id) LIMIT 1";
        let odd: Option<i64> =
            self.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?))?;
        odd.map_or(Ok(()), |order| Err(damaged(format!("the fills of order {order} do not add up"))))
    }

    /// Reads.
    pub(super) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T, OperationError>) -> Result<T, LiveError> {
        query(&self.connection).map_err(|cause| cause.at(&self.path))
    }

    /// Changes something, all or nothing, and waits for the disk. When the file is at fault nothing is written from then on.
    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, OperationError>,
    ) -> Result<T, LiveError> {
        if let Some(reason) = &self.stopped {
            return Err(LiveError::Stopped { path: self.path.clone(), reason: reason.clone() });
        }
        let written = transact(&mut self.connection, change).map_err(|cause| cause.at(&self.path));
        if let Err(error) = &written
            && error.is_of_the_file()
        {
            self.stopped = Some(error.to_string());
        }
        written
    }
}

fn transact<T>(
    connection: &mut Connection,
    change: impl FnOnce(&Transaction<'_>) -> Result<T, OperationError>,
) -> Result<T, OperationError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = change(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

pub(super) fn json(value: &impl Serialize) -> Result<String, OperationError> {
    serde_json::to_string(value).map_err(|error| OperationError::Unwritable(error.to_string()))
}

pub(super) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, OperationError> {
    serde_json::from_str(text).map_err(|error| OperationError::Damaged(format!("{what} cannot be read: {error}")))
}
