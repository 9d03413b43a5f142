//! The state from which a session starts: open orders, positions, and the engine's last snapshot.

use host_core::OrderState;
use host_core::{Qty, SlotId, Timestamp, Usd};
use rusqlite::OptionalExtension;

use super::error::OperationError;
use super::transitions::transition;
use super::{LiveStore, OutboxRow, PositionRow, StoreError};

pub(super) const LATEST: &str = "SELECT version, event_seq, time, body FROM snapshots ORDER BY number DESC LIMIT 1";
pub(super) const HELD: &str = "SELECT slot, ticker, qty, cost FROM positions ORDER BY slot, ticker";

/// A stored snapshot of the engine's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Format of `body`: [`super::LiveInfo::state_version`] of the session that took the snapshot.
    pub version: i64,
    /// Number of the last event before the snapshot.
    pub event_seq: i64,
    pub time: Timestamp,
    /// The state as JSON.
    pub body: String,
}

impl StoredSnapshot {
    /// Reads a row of [`LATEST`].
    pub(super) fn of_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredSnapshot> {
        let (version, event_seq, time) = (row.get(0)?, row.get(1)?, Timestamp(row.get(2)?));
        Ok(StoredSnapshot { version, event_seq, time, body: row.get(3)? })
    }
}

/// The state that the last session left. Orders are sorted by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Orders that may be at the venue, or may never have left: to be looked up by client order id, and counted as open
    /// until then.
    pub unknown: Vec<OutboxRow>,
    /// Orders that were at the venue according to its last report.
    pub working: Vec<OutboxRow>,
    pub snapshot: Option<StoredSnapshot>,
    /// Positions by slot and ticker.
    pub positions: Vec<PositionRow>,
}

impl LiveStore {
    /// Returns the state that the last session left. Orders that it had sent without a response become
    /// [`OrderState::Unknown`] at `now`, on disk as well. Calling it again returns the same.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn recover(&mut self, now: Timestamp) -> Result<Recovery, StoreError> {
        let open = self.open_orders()?;
        let lost: Vec<_> = open.iter().filter(|row| row.state == OrderState::Sent).map(|row| row.order.id).collect();
        if !lost.is_empty() {
            let reason = "the host stopped before the venue answered";
            self.write(|transaction| {
                lost.iter()
                    .try_for_each(|&order| transition(transaction, order, OrderState::Unknown, now, reason).map(drop))
            })?;
        }
        let (working, unknown) = self.open_orders()?.into_iter().partition(|row| row.state == OrderState::Working);
        Ok(Recovery { unknown, working, snapshot: self.snapshot()?, positions: self.positions()? })
    }

    /// Returns the latest snapshot of the engine, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn snapshot(&self) -> Result<Option<StoredSnapshot>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(LATEST)?;
            Ok(select.query_row([], StoredSnapshot::of_row).optional()?)
        })
    }

    /// Returns the positions by slot and ticker.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn positions(&self) -> Result<Vec<PositionRow>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(HELD)?;
            let read = |row: &rusqlite::Row<'_>| {
                let (slot, qty, cost) = (SlotId(row.get(0)?), Qty(row.get(2)?), Usd(row.get(3)?));
                Ok(PositionRow { slot, ticker: row.get(1)?, qty, cost })
            };
            let rows = select.query_map([], read)?;
            rows.map(|row| row.map_err(OperationError::from)).collect()
        })
    }
}
