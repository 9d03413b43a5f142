//! The notices of a live account that no record stands for: the venue's outages, repeated reads, differing clocks.

use std::path::Path;

use host_core::{OrderId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::OperationError;
use super::summary::all;
use super::{JOURNAL_FILE, LiveStore, StoreError};
use crate::journal::Journal;

/// Number of notices kept: a host that has much to tell must not fill the disk with it.
const NOTICES: i64 = 100_000;

pub(super) const KEEP: &str = "INSERT INTO notices (time, severity, code, times, market, order_id, text) \
    VALUES (?, ?, ?, ?, ?, ?, ?)";
pub(super) const FORGET_NOTICES: &str = "DELETE FROM notices WHERE number <= ?";
const ALL: &str = "SELECT time, severity, code, times, market, order_id, text FROM notices ORDER BY number";
const IS_THERE: &str = "SELECT 1 FROM sqlite_master WHERE name = 'notices'";

/// A notice that a live host gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptNotice {
    /// The host's time.
    pub time: Timestamp,
    /// In one word: info, warning, alert.
    pub severity: String,
    /// The subject, for programs: `venue_down`.
    pub code: String,
    /// Number of occurrences that it tells of.
    pub times: u32,
    /// The market's ticker.
    pub market: Option<String>,
    pub order: Option<OrderId>,
    pub text: String,
}

impl LiveStore {
    /// Adds `notices`; the latest 100,000 are kept. To be called when no order waits.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn keep_notices(&mut self, notices: &[KeptNotice]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(KEEP)?;
            for KeptNotice { time, severity, code, times, market, order, text } in notices {
                let order = order.map(|order| order.0.cast_signed());
                insert.execute(params![time.0, severity, code, times, market, order, text])?;
            }
            let last = transaction.last_insert_rowid();
            transaction.prepare_cached(FORGET_NOTICES)?.execute([last - NOTICES])?;
            Ok(())
        })
    }
}

/// Returns the notices that the store in `folder` keeps, in order; `None` if no host that keeps them has opened it.
///
/// # Errors
/// As [`super::account_summary`].
pub fn account_notices(folder: &Path) -> Result<Option<Vec<KeptNotice>>, StoreError> {
    let path = folder.join(JOURNAL_FILE);
    let journal = Journal::open(&path)?;
    let read = |connection: &rusqlite::Connection| {
        let is_there = connection.query_row(IS_THERE, [], |_| Ok(())).optional()?;
        is_there.map(|()| all(connection, ALL, notice)).transpose()
    };
    read(journal.connection()).map_err(|cause| cause.at(&path))
}

fn notice(row: &Row<'_>) -> Result<KeptNotice, OperationError> {
    let order = row.get::<_, Option<i64>>(5)?.map(|order| OrderId(order.cast_unsigned()));
    Ok(KeptNotice {
        time: Timestamp(row.get(0)?),
        severity: row.get(1)?,
        code: row.get(2)?,
        times: row.get(3)?,
        market: row.get(4)?,
        order,
        text: row.get(6)?,
    })
}
