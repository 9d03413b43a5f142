//! What a start finds: where every open order is, what is held, and the engine's last state.

use host_core::{Qty, SlotId, Timestamp, Usd};
use rusqlite::OptionalExtension;

use super::error::OperationError;
use super::transitions::transition;
use super::{LiveError, LiveStore, OutboxRow, OutboxState, PositionRow};

pub(super) const LATEST: &str = "SELECT version, event_seq, time, body FROM snapshots ORDER BY number DESC LIMIT 1";
pub(super) const HELD: &str = "SELECT slot, ticker, qty, cost FROM positions ORDER BY slot, ticker";

/// The engine's state at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// How `body` is to be read: [`super::LiveInfo::state_version`] of the session that took it.
    pub version: i64,
    /// Number of the event behind which it was taken.
    pub event_seq: i64,
    /// When it was taken.
    pub time: Timestamp,
    /// The state, as JSON.
    pub body: String,
}

/// Where the last session left everything. Orders by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Intended, and certainly never sent: by now their prices are old.
    pub never_sent: Vec<OutboxRow>,
    /// Perhaps at the venue: to be looked up by their client order ids, and counted until then.
    pub unknown: Vec<OutboxRow>,
    /// At the venue when last heard of.
    pub working: Vec<OutboxRow>,
    /// What the engine was.
    pub snapshot: Option<StoredSnapshot>,
    /// What was held, by slot and ticker.
    pub positions: Vec<PositionRow>,
}

impl LiveStore {
    /// What the last session left. Orders that it had sent without an answer are [`OutboxState::Unknown`] from `now` on, on
    /// disk too. Asking again gives the same.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn recover(&mut self, now: Timestamp) -> Result<Recovery, LiveError> {
        let open = self.open_orders()?;
        let lost: Vec<_> = open.iter().filter(|row| row.state == OutboxState::Sent).map(|row| row.order.id).collect();
        if !lost.is_empty() {
            let reason = "the host stopped before the venue answered";
            self.write(|transaction| {
                lost.iter()
                    .try_for_each(|&order| transition(transaction, order, OutboxState::Unknown, now, reason).map(drop))
            })?;
        }
        let (mut never_sent, mut unknown, mut working) = (Vec::new(), Vec::new(), Vec::new());
        for row in self.open_orders()? {
            match row.state {
                OutboxState::Intended => never_sent.push(row),
                OutboxState::Working => working.push(row),
                _ => unknown.push(row),
            }
        }
        Ok(Recovery { never_sent, unknown, working, snapshot: self.snapshot()?, positions: self.positions()? })
    }

    /// The engine's latest state that was kept.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn snapshot(&self) -> Result<Option<StoredSnapshot>, LiveError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(LATEST)?;
            let read = |row: &rusqlite::Row<'_>| {
                let (version, event_seq, time) = (row.get(0)?, row.get(1)?, Timestamp(row.get(2)?));
                Ok(StoredSnapshot { version, event_seq, time, body: row.get(3)? })
            };
            Ok(select.query_row([], read).optional()?)
        })
    }

    /// What is held, by slot and ticker.
    ///
    /// # Errors
    /// [`LiveError::Journal`] where it cannot be read.
    pub fn positions(&self) -> Result<Vec<PositionRow>, LiveError> {
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
