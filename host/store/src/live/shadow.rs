//! The records of strategies in the shadow of those that trade, beside the records of the latter.

use host_core::{Record, SlotId};
use rusqlite::params;

use super::error::OperationError;
use super::store::json;
use super::{LiveStore, StoreError};
use crate::journal::Keys;

const NOTE: &str = "INSERT INTO shadow_records (event_seq, slot, sha256, time, kind, market, body) \
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const LAST: &str = "SELECT max(event_seq) FROM shadow_records WHERE slot = ? AND sha256 = ?";

/// The records that one event led to in the shadow of a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct ShadowStep {
    pub slot: SlotId,
    /// Digest of the component that decides.
    pub sha256: String,
    /// Number of the event.
    pub event_seq: i64,
    pub records: Vec<Record>,
}

impl LiveStore {
    /// Adds the records of `steps`. To be called when no order waits.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn note_shadows(&mut self, steps: &[ShadowStep]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(NOTE)?;
            for ShadowStep { slot, sha256, event_seq, records } in steps {
                for record in records {
                    let keys = Keys::of(record);
                    let market = keys.market.map(|market| market.0);
                    insert.execute(params![
                        event_seq,
                        slot.0,
                        sha256,
                        keys.time.0,
                        keys.kind,
                        market,
                        json(record)?
                    ])?;
                }
            }
            Ok(())
        })
    }

    /// Returns the number of the last event whose shadow records are kept for `slot` and the component `sha256`.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if they cannot be read.
    pub fn last_shadow(&self, slot: SlotId, sha256: &str) -> Result<Option<i64>, StoreError> {
        self.read(|connection| {
            connection.query_row(LAST, params![slot.0, sha256], |row| row.get(0)).map_err(OperationError::from)
        })
    }
}
