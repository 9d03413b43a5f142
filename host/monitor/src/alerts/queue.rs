//! The queue of messages in the account's folder: what was queued survives a crash until it is sent or given up.
//!
//! A message is marked as sent as soon as its server has taken it. A host that is killed in between sends it once more:
//! better twice than never.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::{Span, Timestamp};
use host_live::account_dir::{AccountDir, is_there};
use host_system::files;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Result, Row, params};
use serde::Serialize;

use super::clock_steps::ClockSteps;
use super::error::AlertError;
use super::message::{Message, MessageKind, Told};
use super::retry;

const TABLES: &str = include_str!("queue.sql");
/// Name of the queue's file within the account's folder.
const FILE: &str = "alerts.db";
/// Age at which messages that were sent, or given up, are forgotten.
const KEEP: Span = Span::days(90);
/// Tries while somebody reads, and the pause between them.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// The state of a message on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageState {
    Waiting,
    Sent,
    /// Refused for good, or given up.
    Failed,
}

/// A message that waits for a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub id: i64,
    pub message: Message,
    pub queued: Timestamp,
    pub tries: u32,
    pub next_try: Timestamp,
}

/// A message in the list of messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    pub id: i64,
    pub queued: String,
    pub channel: String,
    pub kind: String,
    pub subject: String,
    pub state: MessageState,
    pub tries: u32,
    /// The time at which it was sent or given up.
    pub ended: Option<String>,
    /// The time of the next try.
    pub next_try: Option<String>,
    /// The reason of the last failure.
    pub last_error: Option<String>,
}

/// The queue. If the disk fails it, it goes on in memory: people are to hear of a full disk.
#[derive(Debug)]
pub struct Queue {
    connection: Connection,
    in_memory: bool,
    clock: ClockSteps,
}

impl Queue {
    /// Opens the queue in the account's folder, or one in memory if that cannot be.
    ///
    /// # Errors
    /// Not even memory can be had.
    pub fn open(folder: &AccountDir, now: Timestamp) -> Result<Queue> {
        let on_disk = patiently(|| {
            // For its owner alone, as all of the account's files; one that is there stays as it is.
            let _ = files::new_private_file(&path(folder));
            let connection = Connection::open(path(folder))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(TABLES)?;
            connection.execute("DELETE FROM messages WHERE ended < ?1", [(now - KEEP).0])?;
            // The clock may have been set back since the last host ended.
            connection.execute("UPDATE notices SET came = min(came, ?1)", [now.0])?;
            connection.execute("UPDATE last_messages SET queued = min(queued, ?1)", [now.0])?;
            Ok(Queue { connection, in_memory: false, clock: ClockSteps::new(now) })
        });
        on_disk.or_else(|error| {
            tracing::error!("alerts are kept in memory only: {}: {error}", path(folder).display());
            Queue::in_memory(ClockSteps::new(now))
        })
    }

    fn in_memory(clock: ClockSteps) -> Result<Queue> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(TABLES)?;
        Ok(Queue { connection, in_memory: true, clock })
    }

    /// Moves what waits for a span of time along with the machine's clock if that was set; it shows `now`. So no pause
    /// becomes longer or shorter by it, and nothing is sent twice. What waits for longer than any pause waits for a
    /// time of the day, which is the clock's.
    pub fn follow_clock(&mut self, now: Timestamp) -> Result<()> {
        let step = self.clock.step(now);
        if step == Span::ZERO {
            return Ok(());
        }
        tracing::warn!(
            "the machine's clock was set by {:.0} s: what waits, waits as long as it would have",
            step.0 as f64 / 1e9
        );
        let longest = (now - step + retry::LONGEST_ASKED).0;
        self.write(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let sql = "UPDATE messages SET next_try = next_try + ?1 WHERE state = 'waiting' AND next_try <= ?2";
            transaction.execute(sql, [step.0, longest])?;
            transaction.execute("UPDATE notices SET came = came + ?1", [step.0])?;
            let sql = "UPDATE last_messages SET queued = queued + ?1 WHERE kind <> ?2";
            transaction.execute(sql, params![step.0, MessageKind::Summary.as_str()])?;
            transaction.commit()
        })
    }

    /// Adds a notice that waits for others.
    pub fn hold(&mut self, kind: MessageKind, came: Timestamp, told: &Told) -> Result<()> {
        let notice = json(told)?;
        self.write(|connection| {
            let sql = "INSERT INTO notices (kind, came, notice) VALUES (?1, ?2, ?3)";
            connection.execute(sql, params![kind.as_str(), came.0, notice]).map(|_| ())
        })
    }

    /// Returns when the oldest notice of `kind` came that waits for others.
    pub fn held_since(&self, kind: MessageKind) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(came) FROM notices WHERE kind = ?1";
        let since: Option<i64> = self.connection.query_row(sql, [kind.as_str()], |row| row.get(0))?;
        Ok(since.map(Timestamp))
    }

    /// Returns the notices of `kind` that wait for others, the oldest first.
    pub fn held(&self, kind: MessageKind) -> Result<Vec<Told>> {
        let mut select = self.connection.prepare("SELECT notice FROM notices WHERE kind = ?1 ORDER BY id")?;
        let rows = select.query_map([kind.as_str()], |row| parsed(row, 0))?;
        rows.collect()
    }

    /// Queues `message` for each of `channels`; the notices that waited for it wait no more.
    pub fn add(&mut self, message: &Message, channels: &[&str], now: Timestamp) -> Result<()> {
        let (kind, text) = (message.kind.as_str(), json(message)?);
        self.write(|connection| {
            let transaction = connection.unchecked_transaction()?;
            for channel in channels {
                let sql = "INSERT INTO messages (channel, kind, queued, message, next_try) VALUES (?1, ?2, ?3, ?4, ?5)";
                transaction.execute(sql, params![channel, kind, now.0, text, now.0])?;
            }
            transaction.execute("DELETE FROM notices WHERE kind = ?1", [kind])?;
            let sql = "INSERT OR REPLACE INTO last_messages (kind, queued) VALUES (?1, ?2)";
            transaction.execute(sql, params![kind, now.0])?;
            transaction.commit()
        })
    }

    /// Returns when the last message of `kind` was queued.
    pub fn last(&self, kind: MessageKind) -> Result<Option<Timestamp>> {
        let sql = "SELECT queued FROM last_messages WHERE kind = ?1";
        let last: Option<i64> = self.connection.query_row(sql, [kind.as_str()], |row| row.get(0)).optional()?;
        Ok(last.map(Timestamp))
    }

    /// Returns the message that `channel` has to send next: of those that are due at `now` one that is critical before
    /// others, else the one that is due first.
    pub fn next(&self, channel: &str, now: Timestamp) -> Result<Option<Entry>> {
        let sql = "SELECT id, message, queued, tries, next_try FROM messages WHERE state = 'waiting' AND channel = ?1 \
                   ORDER BY next_try > ?2, iif(next_try > ?2, next_try, kind <> 'critical'), id LIMIT 1";
        let entry = |row: &Row<'_>| {
            let (id, queued, tries) = (row.get(0)?, Timestamp(row.get(2)?), row.get(3)?);
            Ok(Entry { id, message: parsed(row, 1)?, queued, tries, next_try: Timestamp(row.get(4)?) })
        };
        let next = self.connection.query_row(sql, params![channel, now.0], entry).optional()?;
        Ok(next.map(|entry| {
            // Only quiet hours make a message wait for longer than a server may ask.
            let longest = if entry.message.kind == MessageKind::Warning { Span::days(1) } else { retry::LONGEST_ASKED };
            match entry.next_try > now + longest {
                // The clock was set back.
                true => Entry { next_try: now, ..entry },
                false => entry,
            }
        }))
    }

    /// Notes that a message was sent.
    pub fn sent(&mut self, id: i64, now: Timestamp) -> Result<()> {
        self.write(|connection| {
            let sql = "UPDATE messages SET state = 'sent', tries = tries + 1, ended = ?2 WHERE id = ?1";
            connection.execute(sql, params![id, now.0]).map(|_| ())
        })
    }

    /// Notes that a try failed with `error`; without a next one, the message is given up.
    pub fn failed(&mut self, id: i64, error: &str, now: Timestamp, next_try: Option<Timestamp>) -> Result<()> {
        self.write(|connection| {
            let sql = "UPDATE messages SET tries = tries + 1, error = ?2, next_try = coalesce(?3, next_try), \
                       state = iif(?3 IS NULL, 'failed', 'waiting'), ended = iif(?3 IS NULL, ?4, NULL) WHERE id = ?1";
            connection.execute(sql, params![id, error, next_try.map(|next| next.0), now.0]).map(|_| ())
        })
    }

    /// Gives up the messages of channels other than `channels`: these are not configured any more.
    pub fn give_up_others(&mut self, channels: &[&str], now: Timestamp) -> Result<()> {
        let channels = json(&channels)?;
        self.write(|connection| {
            let sql = "UPDATE messages SET state = 'failed', ended = ?2, \
                       error = 'the channel is not configured any more' WHERE state = 'waiting' AND \
                       channel NOT IN (SELECT value FROM json_each(?1))";
            connection.execute(sql, params![channels, now.0]).map(|_| ())
        })
    }

    /// Returns true if a message waits to be tried by `until`.
    pub fn has_due(&self, until: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE state = 'waiting' AND next_try <= ?1)";
        self.connection.query_row(sql, [until.0], |row| row.get(0))
    }

    /// Returns the number of messages that wait after a failure, and of those that failed for good since `since`.
    pub fn undelivered(&self, since: Timestamp) -> Result<(u32, u32)> {
        let sql = "SELECT count(*) FILTER (WHERE state = 'waiting' AND tries > 0), \
                   count(*) FILTER (WHERE state = 'failed' AND ended >= ?1) FROM messages";
        self.connection.query_row(sql, [since.0], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Writes to the disk, or to memory once the disk has failed.
    fn write(&mut self, change: impl Fn(&Connection) -> Result<()>) -> Result<()> {
        match patiently(|| change(&self.connection)) {
            Err(error) if !self.in_memory => {
                tracing::error!("alerts are kept in memory from now on: {error}");
                *self = self.copy()?;
                change(&self.connection)
            }
            written => written,
        }
    }

    /// Returns a copy in memory of what waits. A disk that takes no more can mostly still be read.
    fn copy(&self) -> Result<Queue> {
        let mut copy = Queue::in_memory(self.clock)?;
        if let Err(error) = self.copy_to(&mut copy) {
            tracing::error!("messages that wait are left on the disk until the next start: {error}");
        }
        Ok(copy)
    }

    fn copy_to(&self, copy: &mut Queue) -> Result<()> {
        let columns = "id, channel, kind, queued, message, tries, next_try";
        let mut select = self.connection.prepare(&format!("SELECT {columns} FROM messages WHERE state = 'waiting'"))?;
        let insert = format!("INSERT INTO messages ({columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let value = |column| row.get::<_, rusqlite::types::Value>(column);
            let values = [value(0)?, value(1)?, value(2)?, value(3)?, value(4)?, value(5)?, value(6)?];
            copy.connection.execute(&insert, values)?;
        }
        for kind in [MessageKind::Critical, MessageKind::Warning] {
            let since = self.held_since(kind)?.unwrap_or_default();
            self.held(kind)?.iter().try_for_each(|told| copy.hold(kind, since, told))?;
        }
        Ok(())
    }
}

/// Does `work`, again and again for a second while somebody who reads the list is in the way.
fn patiently<T>(work: impl Fn() -> Result<T>) -> Result<T> {
    let in_the_way = |error: &rusqlite::Error| {
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    };
    for _ in 1..TRIES {
        match work() {
            Err(error) if in_the_way(&error) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    work()
}

/// Returns the messages of the account in `folder`, the oldest first; none if nobody was ever told of it.
///
/// # Errors
/// The queue cannot be read.
pub fn log(folder: &AccountDir) -> std::result::Result<Vec<LogEntry>, AlertError> {
    let path = path(folder);
    if !is_there(&path) {
        return Ok(Vec::new());
    }
    read_log(&path).map_err(|source| AlertError::Log { path, source })
}

fn read_log(path: &Path) -> Result<Vec<LogEntry>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if !connection.table_exists(None, "messages")? {
        // A host is just making it.
        return Ok(Vec::new());
    }
    let sql =
        "SELECT id, queued, channel, kind, message, state, tries, ended, next_try, error FROM messages ORDER BY id";
    let mut select = connection.prepare(sql)?;
    let time = |nanos: i64| Timestamp(nanos).to_string();
    let entries = select.query_map([], |row| {
        let state = match row.get_ref(5)?.as_str()? {
            "sent" => MessageState::Sent,
            "failed" => MessageState::Failed,
            _ => MessageState::Waiting,
        };
        let message: Message = parsed(row, 4)?;
        Ok(LogEntry {
            id: row.get(0)?,
            queued: time(row.get(1)?),
            channel: row.get(2)?,
            kind: row.get(3)?,
            subject: message.subject,
            state,
            tries: row.get(6)?,
            ended: row.get::<_, Option<i64>>(7)?.map(time),
            next_try: (state == MessageState::Waiting).then(|| row.get(8).map(time)).transpose()?,
            last_error: row.get(9)?,
        })
    })?;
    entries.collect()
}

fn path(folder: &AccountDir) -> PathBuf {
    folder.path().join(FILE)
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn parsed<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into()))
}
