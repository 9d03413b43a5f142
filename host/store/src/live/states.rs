//! The states that strategies save: what a restart goes on from, with the events since.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::{Quotes, SavedState, SlotId, Timestamp};
use rusqlite::{Connection, Row, params};

use super::commit::keep;
use super::error::OperationError;
use super::schema::JOURNAL_FILE;
use super::{LiveStore, StoreError};
use crate::journal::{Journal, RECORDED_POLL, decode_rows};
use crate::sqlite;

const KEEP_STATE: &str = "INSERT OR REPLACE INTO strategy_states \
    (slot, event_seq, time, sha256, settings, books_seq, books, schema, version, payload) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const KEPT_STATES: &str = "SELECT slot, event_seq, time, sha256, settings, books_seq, books, schema, version, payload \
    FROM strategy_states";
const FORGET_STATE: &str = "DELETE FROM strategy_states WHERE slot = ?";
/// Newest first, so that a reader stops at the first one that it wants no more.
pub(super) const LAST_POLLS: &str = "SELECT kind, time, body FROM events WHERE kind IN ('poll', ?) ORDER BY seq DESC";

/// The state that a strategy saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptState {
    pub slot: SlotId,
    /// Number of the poll after which it is the strategy's state.
    pub event_seq: i64,
    /// The host's time when it was kept.
    pub time: Timestamp,
    /// Digest of the component that saved it.
    pub sha256: String,
    /// The settings that the component was started with, as JSON.
    pub settings: String,
    /// Number of the last event in `books`.
    pub books_seq: i64,
    /// Cash and positions as JSON, for a strategy that is told of them.
    pub books: Option<String>,
    pub state: SavedState,
}

impl LiveStore {
    /// Keeps `states` in place of former ones of their slots, and the engine's state with them as `snapshot`. To be
    /// called when no order waits.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn keep_states(&mut self, states: &[KeptState], snapshot: &str, time: Timestamp) -> Result<(), StoreError> {
        let (version, last) = (self.state_version, self.counters.event_seq);
        self.write(|transaction| {
            for kept in states {
                let KeptState { slot, event_seq, time, sha256, settings, books_seq, books, state } = kept;
                let SavedState { schema, version, payload } = state;
                transaction.prepare_cached(KEEP_STATE)?.execute(params![
                    slot.0, event_seq, time.0, sha256, settings, books_seq, books, schema, version, payload
                ])?;
            }
            keep(transaction, version, last, snapshot, time)
        })
    }

    /// Returns the states that are kept, by slot.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn kept_states(&self) -> Result<BTreeMap<SlotId, KeptState>, StoreError> {
        self.read(read_states)
    }

    /// Forgets the states of `slots`: their strategies begin anew.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn forget_states(&mut self, slots: &[SlotId]) -> Result<(), StoreError> {
        self.write(|transaction| {
            for slot in slots {
                transaction.prepare_cached(FORGET_STATE)?.execute([slot.0])?;
            }
            Ok(())
        })
    }

    /// Opens the journal for reading.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn journal(&self) -> Result<Journal, StoreError> {
        Journal::open(&self.path).map_err(|error| OperationError::from(error).at(&self.path))
    }

    /// Returns the time of the last poll; `None` before the first. `missing` is given the rows of each poll after
    /// `recorded`, in order: a kill or a power failure may have kept those from the recording.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn polls_after(&self, recorded: Option<Timestamp>) -> Result<(Option<Timestamp>, Vec<Quotes>), StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare(LAST_POLLS)?;
            let mut rows = select.query([RECORDED_POLL])?;
            let (mut last, mut missing) = (None, Vec::new());
            while let Some(row) = rows.next()? {
                let (kind, time): (String, i64) = (row.get(0)?, row.get(1)?);
                last = last.max(Some(Timestamp(time)));
                if kind == RECORDED_POLL || recorded.is_some_and(|recorded| time <= recorded.0) {
                    break;
                }
                let mut poll = Quotes::default();
                let damaged = |error| OperationError::Damaged(format!("the poll at {}: {error}", Timestamp(time)));
                decode_rows(row.get_ref(2)?.as_blob().map_err(|_| damaged("it is no rows".to_owned()))?, &mut poll)
                    .map_err(|error| damaged(error.to_string()))?;
                missing.push(poll);
            }
            missing.reverse();
            Ok((last, missing))
        })
    }
}

/// Returns the states that the account in `folder` keeps, by slot, also while a host has it open.
///
/// # Errors
/// [`StoreError::Journal`] if they cannot be read.
pub fn account_states(folder: &Path) -> Result<BTreeMap<SlotId, KeptState>, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let journal = Journal::open(&path).map_err(|error| OperationError::from(error).at(&path))?;
    let connection = journal.connection();
    let read = sqlite::allow_any_length(connection).map_err(OperationError::from);
    read.and_then(|()| read_states(connection)).map_err(|cause| cause.at(&path))
}

fn read_states(connection: &Connection) -> Result<BTreeMap<SlotId, KeptState>, OperationError> {
    let read = |row: &Row<'_>| {
        let state = SavedState { schema: row.get(7)?, version: row.get(8)?, payload: row.get(9)? };
        Ok(KeptState {
            slot: SlotId(row.get(0)?),
            event_seq: row.get(1)?,
            time: Timestamp(row.get(2)?),
            sha256: row.get(3)?,
            settings: row.get(4)?,
            books_seq: row.get(5)?,
            books: row.get(6)?,
            state,
        })
    };
    let mut select = connection.prepare(KEPT_STATES)?;
    let rows = select.query_map([], read)?;
    rows.map(|kept| kept.map(|kept| (kept.slot, kept)).map_err(OperationError::from)).collect()
}
