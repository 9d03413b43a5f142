//! The store itself: one connection, one lock, and the rule that nothing is written after the file has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, Order, OrderId, SlotId, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::OperationError;
use super::lock::HostLock;
use super::place::Place;
use super::{StoreError, client_order_id};
use crate::journal::{CopyMark, Counters, JournalError, PlacedMark, insert_component};

/// Markets that close after a time, those without a closing time, and those with a position or an open order. Each part
/// reads an index that leads to its rows alone.
pub(super) const MARKETS: &str = "SELECT id FROM markets INDEXED BY markets_by_close WHERE body ->> 'closes' >= ?1 \
    UNION ALL SELECT id FROM markets INDEXED BY markets_by_close WHERE body ->> 'closes' IS NULL \
    UNION ALL SELECT id FROM positions CROSS JOIN markets USING (ticker) \
    UNION ALL SELECT id FROM outbox INDEXED BY outbox_open CROSS JOIN markets USING (ticker) WHERE ended IS NULL";
pub(super) const MARKET: &str = "SELECT body FROM markets WHERE id = ?";
pub(super) const TICKER: &str = "SELECT ticker FROM markets WHERE id = ?";
pub(super) const LAST_MARKET: &str = "SELECT max(id) FROM markets";
pub(super) const MARKET_BY_TICKER: &str = "SELECT id FROM markets WHERE ticker = ?";
pub(super) const LAST_ORDER: &str = "SELECT max(order_id) FROM outbox";
pub(super) const META: &str = "SELECT value FROM meta WHERE key = ?";

/// Number of commits after which the write-ahead log should be folded into the journal.
const LONG_LOG: u32 = 500;

/// The store of a live account, open for this process alone.
#[derive(Debug)]
pub struct LiveStore {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) counters: Counters,
    pub(super) deployment: Uuid,
    /// Distinguishes the orders of this session from those of all others.
    pub(super) nonce: Uuid,
    /// Key id of the previous session, if there was one.
    pub(super) former_key: Option<String>,
    pub(super) upgraded_from: Option<i64>,
    /// Format version of the snapshots that are stored.
    pub(super) state_version: i64,
    /// Digest of the last component in each slot.
    pub(super) strategies: BTreeMap<SlotId, String>,
    /// The name of each slot that the account ever had.
    pub(super) slots: BTreeMap<SlotId, String>,
    pub(super) session: i64,
    pub(super) commits_since_checkpoint: u32,
    pub(super) mark: CopyMark,
    /// The places of the files, as they were opened.
    pub(super) place: Option<Place>,
    /// The failure after which nothing more is written.
    pub(super) stopped: Option<String>,
    /// After the connection, because fields are dropped in order and the lock must be released last.
    pub(super) _lock: HostLock,
}

impl LiveStore {
    /// Returns the path of the journal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the random id that distinguishes the orders of this store from those of all others.
    pub fn deployment(&self) -> Uuid {
        self.deployment
    }

    /// Returns the random id that distinguishes the orders of this session from those of all others, also after the
    /// store was restored from a backup.
    pub fn nonce(&self) -> Uuid {
        self.nonce
    }

    /// Returns the key id of the previous session, if there was one: keys may change, the account may not.
    pub fn former_key(&self) -> Option<&str> {
        self.former_key.as_deref()
    }

    /// Returns the version of the store that a former host left, if this opening has upgraded it.
    pub fn upgraded_from(&self) -> Option<i64> {
        self.upgraded_from
    }

    /// Returns the client order id under which [`LiveStore::commit`] will write down `order` in the market `ticker`, so
    /// that its request can be prepared meanwhile; `None` if no strategy was ever in its slot.
    pub fn client_order_id(&self, order: &Order, ticker: &str) -> Option<String> {
        let strategy = self.strategies.get(&order.slot)?;
        Some(client_order_id(self.deployment, self.nonce, strategy, ticker, order.id))
    }

    /// Returns the name of each slot that the account ever had, those of this session's strategies among them.
    pub fn slots(&self) -> &BTreeMap<SlotId, String> {
        &self.slots
    }

    /// Returns the number of this session, from 1.
    pub fn session(&self) -> i64 {
        self.session
    }

    /// Returns the number of events in the journal.
    pub fn events(&self) -> u64 {
        self.counters.event_seq.unsigned_abs()
    }

    /// Returns the highest number of an order; `None` before the first order.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn last_order(&self) -> Result<Option<OrderId>, StoreError> {
        self.read(|connection| {
            let last: Option<i64> = connection.prepare_cached(LAST_ORDER)?.query_row([], |row| row.get(0))?;
            Ok(last.map(|id| OrderId(id.cast_unsigned())))
        })
    }

    /// Returns the markets that were not over at `open_since`, and those with a position or an open order, by number.
    /// The cost does not grow with the markets that are over.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn markets(&self, open_since: Timestamp) -> Result<Vec<Market>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(MARKETS)?;
            let ids: Vec<u32> = select.query_map([open_since.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
            // Sorted here: a sort in SQL would also read what is not wanted.
            let ids: BTreeSet<u32> = ids.into_iter().collect();
            let mut select = connection.prepare_cached(MARKET)?;
            let mut market = |id: u32| -> Result<Market, OperationError> {
                parse(&select.query_row([id], |row| row.get::<_, String>(0))?, "a market")
            };
            ids.into_iter().map(&mut market).collect()
        })
    }

    /// Returns the ticker of a market, if it was ever listed.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn ticker(&self, market: MarketId) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(TICKER)?;
            Ok(select.query_row([market.0], |row| row.get(0)).optional()?)
        })
    }

    /// Returns all markets whose number is at least `first`, by number.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn markets_from(&self, first: MarketId) -> Result<Vec<Market>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare("SELECT body FROM markets WHERE id >= ? ORDER BY id")?;
            let bodies: Vec<String> = select.query_map([first.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
            bodies.iter().map(|body| parse(body, "a market")).collect()
        })
    }

    /// Returns the number of the next market to be listed: one more than that of the last.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn next_market(&self) -> Result<MarketId, StoreError> {
        self.read(|connection| {
            let last: Option<u32> = connection.prepare_cached(LAST_MARKET)?.query_row([], |row| row.get(0))?;
            Ok(MarketId(last.map_or(0, |last| last + 1)))
        })
    }

    /// Returns the number of the market `ticker`, if it was ever listed. A market keeps its number for ever.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn market_number(&self, ticker: &str) -> Result<Option<MarketId>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(MARKET_BY_TICKER)?;
            Ok(select.query_row([ticker], |row| row.get(0).map(MarketId)).optional()?)
        })
    }

    /// Returns the value stored under `key`, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read or has another type.
    pub fn meta<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        self.read(|connection| {
            let found: Option<String> =
                connection.prepare_cached(META)?.query_row([key], |row| row.get(0)).optional()?;
            found.map(|text| parse(&text, &format!("`{key}`"))).transpose()
        })
    }

    /// Stores `value` under `key`, replacing any earlier value.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn set_meta(&mut self, key: &str, value: &impl Serialize) -> Result<(), StoreError> {
        self.write(|transaction| put_meta(transaction, key, &json(value)?))
    }

    /// Stores a copy of a component under its digest, unless there is one, so that the journal can be replayed
    /// without other files.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn keep_component(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.clone();
        self.write(|transaction| Ok(insert_component(&path, transaction, sha256, bytes)?))
    }

    /// Folds the write-ahead log into the journal, as far as concurrent readers allow. SQLite never does so by itself
    /// here, because a commit must wait for the disk no more than once. The commit after this one begins the log anew,
    /// which takes a second wait: let it be one that nothing waits for.
    ///
    /// # Errors
    /// [`StoreError::Journal`], [`StoreError::Disk`]; commits are kept.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.commits_since_checkpoint = 0;
        self.read(|connection| Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?))
    }

    /// Returns true if the write-ahead log is so long that it should be folded in soon.
    pub fn needs_checkpoint(&self) -> bool {
        self.commits_since_checkpoint >= LONG_LOG
    }

    /// Checks that the files are still where they were, for the cost of a few system calls. After an error nothing is
    /// written any more.
    ///
    /// # Errors
    /// [`StoreError::Lost`] if one of them was deleted, moved away, replaced or written over; [`StoreError::Stopped`].
    pub fn check_in_place(&mut self) -> Result<(), StoreError> {
        if let Some(reason) = &self.stopped {
            return Err(StoreError::Stopped { path: self.path.clone(), reason: reason.clone() });
        }
        let lost = self.place.as_mut().and_then(|place| place.lost(&self.connection, self.mark));
        let Some((path, how)) = lost else { return Ok(()) };
        let error = StoreError::Lost { path, how };
        self.stopped = Some(error.to_string());
        Err(error)
    }

    /// Notes where the files are. To be called once there is a write-ahead log.
    pub(super) fn note_place(&mut self) -> Result<(), StoreError> {
        let mark = self.read(|connection| Ok(PlacedMark::new(connection)?))?;
        let failed = |source| StoreError::Io { path: self.path.clone(), source };
        self.place = Some(Place::of(&self.path, mark).map_err(failed)?);
        Ok(())
    }

    /// Records that the host stopped in good order at `time`, and closes the store.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn close(mut self, time: Timestamp) -> Result<(), StoreError> {
        let session = self.session;
        self.mark = self.mark.ended();
        self.write(|transaction| {
            transaction.execute("UPDATE sessions SET ended = ? WHERE number = ?", [time.0, session])?;
            transaction.execute("UPDATE run SET ended = ?", [time.0])?;
            Ok(())
        })?;
        Ok(())
    }

    /// Checks the whole file: its pages, and that orders and fills agree. The time it takes grows with the file, so
    /// it is not part of a start.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] with the first problem found.
    pub fn verify(&self) -> Result<(), StoreError> {
        let damaged = |reason| StoreError::from(JournalError::Damaged { path: self.path.clone(), reason });
        let found: String =
            self.read(|connection| Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?))?;
        if found != "ok" {
            return Err(damaged(found));
        }
        let odd = order_with_odd_fills(&self.connection, &self.path)?;
        odd.map_or(Ok(()), |order| Err(damaged(format!("the fills of order {order} do not add up"))))
    }

    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, OperationError>,
    ) -> Result<T, StoreError> {
        query(&self.connection).map_err(|cause| cause.at(&self.path))
    }

    /// Runs `change` in one transaction and waits for the disk. After a failure of the file nothing is written any
    /// more.
    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, OperationError>,
    ) -> Result<T, StoreError> {
        if let Some(reason) = &self.stopped {
            return Err(StoreError::Stopped { path: self.path.clone(), reason: reason.clone() });
        }
        self.commits_since_checkpoint += 1;
        let mark = self.mark;
        let written = transact(&mut self.connection, |transaction| {
            let value = change(transaction)?;
            Ok((value, mark.write_next(transaction)?))
        });
        let written = written.map_err(|cause| cause.at(&self.path)).map(|(value, mark)| {
            self.mark = mark;
            value
        });
        if let Err(error) = &written
            && error.is_of_the_file()
        {
            self.stopped = Some(error.to_string());
        }
        written
    }
}

/// Returns the number of an order whose fills do not add up to its filled quantity, if there is one.
pub(super) fn order_with_odd_fills(connection: &Connection, path: &Path) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT order_id FROM outbox WHERE filled <> (SELECT coalesce(sum(body ->> 'qty'), 0) \
               FROM executions WHERE executions.order_id = outbox.order_id) LIMIT 1";
    let odd = connection.query_row(sql, [], |row| row.get(0)).optional();
    odd.map_err(|error| OperationError::from(error).at(path))
}

impl Drop for LiveStore {
    /// Leaves one whole file, if the disk allows: the mark says that nobody writes it, and the log is folded into it.
    fn drop(&mut self) {
        let is_written = self.mark.is_ended() || {
            self.mark = self.mark.ended();
            self.write(|_| Ok(())).is_ok()
        };
        if is_written && self.stopped.is_none() {
            // A log that stays is read with the file.
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
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

/// Keeps `value`, which is JSON, under `key`, in place of any earlier value.
pub(super) fn put_meta(connection: &Connection, key: &str, value: &str) -> Result<(), OperationError> {
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)";
    connection.prepare_cached(sql)?.execute(params![key, value])?;
    Ok(())
}
