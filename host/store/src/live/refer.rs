//! Polls are on disk once: the body of one that is safe in the recording becomes a reference to it.

use host_core::{Quotes, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::OperationError;
use super::store::json;
use super::{LiveStore, StoreError};
use crate::journal::{RECORDED_POLL, RecordedPoll, decode_rows};
use crate::recording::{PollDigest, PollDigests, rows_checksum};

/// Key under which the number of the last event that was looked at is kept.
const REFERRED: &str = "polls_referred";
/// Most events that are looked at in one go.
const MOST_EVENTS: i64 = 256;

pub(super) const NEXT_POLL: &str = "SELECT seq, time FROM events WHERE seq > ?1 AND seq <= ?1 + ?2 AND kind = 'poll' \
    ORDER BY seq LIMIT 1";
pub(super) const BODY: &str = "SELECT body FROM events WHERE seq = ?";
pub(super) const REFER: &str = "UPDATE events SET kind = ?2, body = ?3 WHERE seq = ?1 AND kind = 'poll'";
pub(super) const KEEP_META: &str = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)";

/// The end of a call of [`LiveStore::refer_polls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referred {
    /// There may be more polls to look at.
    More,
    /// The next poll, at this time, is not in the finished days yet.
    Until(Timestamp),
    /// There is no further poll.
    All,
}

impl LiveStore {
    /// Replaces the rows of up to `most` polls, the oldest that have rows, by references to the recording, where that
    /// has exactly those rows. Where it has not, they stay. A kill repeats nothing and skips nothing.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn refer_polls(&mut self, recorded: &PollDigests, most: usize) -> Result<Referred, StoreError> {
        let begun = self.referred()?;
        let last = self.counters.event_seq;
        let mut seq = begun;
        let mut found: Vec<(i64, RecordedPoll)> = Vec::new();
        let mut outcome = Referred::More;
        for _ in 0..most {
            let horizon = (seq + MOST_EVENTS).min(last);
            match self.read(|connection| next_poll(connection, seq))? {
                Some((_, time)) if !recorded.cover(time) => {
                    outcome = Referred::Until(time);
                    break;
                }
                Some((poll, time)) => {
                    if let Some(digest) = recorded.of(time)
                        && self.has_rows(poll, digest)?
                    {
                        found.push((poll, RecordedPoll::new(time, digest)));
                    }
                    seq = poll;
                }
                None if horizon == last => {
                    outcome = Referred::All;
                    break;
                }
                None => seq = horizon,
            }
        }
        if seq > begun {
            self.write(|transaction| refer(transaction, &found, seq))?;
        }
        Ok(outcome)
    }

    /// Returns the time of the first poll that may have to become a reference; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Journal`] if it cannot be read.
    pub fn first_unreferred(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut seq = self.referred()?;
        while seq < self.counters.event_seq {
            if let Some((_, time)) = self.read(|connection| next_poll(connection, seq))? {
                return Ok(Some(time));
            }
            seq += MOST_EVENTS;
        }
        Ok(None)
    }

    fn referred(&self) -> Result<i64, StoreError> {
        self.meta(REFERRED).map(Option::unwrap_or_default)
    }

    /// Returns true if the rows of event number `seq` are those of `digest`.
    fn has_rows(&self, seq: i64, digest: PollDigest) -> Result<bool, StoreError> {
        let body: Vec<u8> = self.read(|connection| {
            Ok(connection.prepare_cached(BODY)?.query_row([seq], |row| Ok(row.get_ref(0)?.as_bytes()?.to_vec()))?)
        })?;
        let mut rows = Quotes::default();
        Ok(decode_rows(&body, &mut rows).is_ok()
            && digest == PollDigest { rows: rows.len() as u64, checksum: rows_checksum(&rows.all(), 0) })
    }
}

fn next_poll(connection: &Connection, seq: i64) -> Result<Option<(i64, Timestamp)>, OperationError> {
    let mut select = connection.prepare_cached(NEXT_POLL)?;
    let found = select.query_row([seq, MOST_EVENTS], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))));
    Ok(found.optional()?)
}

fn refer(connection: &Connection, found: &[(i64, RecordedPoll)], seq: i64) -> Result<(), OperationError> {
    for (poll, reference) in found {
        connection.prepare_cached(REFER)?.execute(params![poll, RECORDED_POLL, json(reference)?])?;
    }
    connection.prepare_cached(KEEP_META)?.execute(params![REFERRED, json(&seq)?])?;
    Ok(())
}
