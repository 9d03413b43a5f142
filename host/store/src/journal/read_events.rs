//! Reads the events of a journal in order, a page at a time, and checks that none is missing.

use std::collections::VecDeque;

use host_core::{Command, Quotes, Record, Timestamp};
use host_system::guard::guarded;
use rusqlite::OptionalExtension;

use super::archive::{ArchivedStep, ArchivedSteps};
use super::error::JournalError;
use super::events::{LoggedEvent, LoggedStep};
use super::reader::{Journal, readable_part};
use super::recorded_polls::{RECORDED_POLL, RecordedPoll, RecordedPolls};
use super::{resumed, rows, swap};

/// Number of events fetched at a time.
const PAGE: i64 = 256;

impl Journal {
    /// Returns all events in order, in memory that does not grow with their number. Damage ends the iteration with an
    /// error, and so does a journal of an old host, which kept no events ([`JournalError::NoEvents`]).
    pub fn steps(&self) -> LoggedSteps<'_> {
        let polls = RecordedPolls::beside(self.path.clone());
        let archive = ArchivedSteps::beside(self.path.clone());
        LoggedSteps { journal: self, archive, page: VecDeque::new(), polls, seq: 0, record_seq: 0, ended: false }
    }

    /// Returns the events after number `seq`; `None` if that one has left for the archive.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn steps_after(&self, seq: i64) -> Result<Option<LoggedSteps<'_>>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let sql = "SELECT record_to FROM events WHERE seq = ?";
        let record_seq: Option<i64> =
            self.connection.query_row(sql, [seq], |row| row.get(0)).optional().map_err(failed)?;
        Ok(record_seq.map(|record_seq| {
            let mut steps = LoggedSteps { seq, record_seq, ..self.steps() };
            steps.archive.again_after(seq);
            steps
        }))
    }

    /// Returns number and time of the last poll; `None` before the first.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn last_poll(&self) -> Result<Option<(i64, Timestamp)>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let sql = "SELECT seq, time FROM events WHERE kind IN ('poll', ?) ORDER BY seq DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Timestamp(row.get(1)?)));
        self.connection.query_row(sql, [RECORDED_POLL], read).optional().map_err(failed)
    }

    /// Returns the number of events; 0 for a journal of an old host, which kept none.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn count_events(&self) -> Result<u64, JournalError> {
        if !self.has_events() {
            return Ok(0);
        }
        // The last one is never archived.
        let last: Option<i64> = self.one("SELECT max(seq) FROM events", |row| self.get(row, 0))?;
        Ok(last.unwrap_or(0).unsigned_abs())
    }

    /// Returns all commands that the engine was told, in order.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn commands(&self) -> Result<Vec<Command>, JournalError> {
        if !self.has_events() {
            return Ok(Vec::new());
        }
        let (mut commands, mut last) = (Vec::new(), 0);
        let mut archive = ArchivedSteps::beside(self.path.clone());
        while let Some(step) = archive.next()? {
            last = step.seq;
            if step.kind == "command" {
                commands.push(self.parse(&String::from_utf8_lossy(&step.body), &format!("event {}", step.seq))?);
            }
        }
        let failed = JournalError::from_sqlite(&self.path);
        let sql = "SELECT seq, body FROM events WHERE kind = 'command' AND seq > ? ORDER BY seq";
        let mut select = self.connection.prepare(sql).map_err(&failed)?;
        let mut rows = select.query([last]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let body = row.get_ref(1).map_err(&failed)?.as_bytes().unwrap_or_default();
            commands.push(self.parse(&String::from_utf8_lossy(body), &format!("event {}", self.get::<i64>(row, 0)?))?);
        }
        Ok(commands)
    }

    /// Returns the start of the last session, in the format of the program that made it; `None` if it is in the
    /// archive.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn last_start(&self) -> Result<Option<serde_json::Value>, JournalError> {
        if !self.has_events() {
            return Ok(None);
        }
        let sql = "SELECT seq, body FROM events WHERE kind = 'start' ORDER BY seq DESC LIMIT 1";
        let found = self.connection.query_row(sql, [], |row| {
            Ok((row.get::<_, i64>(0)?, String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned()))
        });
        let found = found.optional().map_err(JournalError::from_sqlite(&self.path))?;
        found.map(|(seq, body)| self.start(seq, &body)).transpose()
    }

    /// Returns the component with the digest `sha256`, if the journal has a copy.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn component(&self, sha256: &str) -> Result<Option<Vec<u8>>, JournalError> {
        if !self.has_events() {
            return Ok(None);
        }
        let sql = "SELECT bytes FROM components WHERE sha256 = ?";
        let found = self.connection.query_row(sql, [sha256], |row| row.get(0)).optional();
        found.map_err(JournalError::from_sqlite(&self.path))
    }

    /// Returns the next page of `events` after number `seq`.
    fn event_page(&self, seq: i64) -> Result<VecDeque<StoredEvent>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let sql = "SELECT seq, kind, body, record_to, cancels FROM events WHERE seq > ? ORDER BY seq LIMIT ?";
        let mut select = self.connection.prepare_cached(sql).map_err(&failed)?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(StoredEvent {
                seq: row.get(0)?,
                kind: row.get(1)?,
                body: row.get_ref(2)?.as_bytes()?.to_vec(),
                record_to: row.get(3)?,
                cancels: row.get(4)?,
            })
        };
        let rows = select.query_map([seq, PAGE], row).map_err(&failed)?;
        readable_part(rows).map_err(failed)
    }

    fn event(&self, row: &StoredEvent) -> Result<LoggedEvent, JournalError> {
        let what = format!("event {}", row.seq);
        let quotes = || {
            let mut quotes = Quotes::default();
            let decoded = rows::decode(&row.body, &mut quotes);
            decoded.map(|()| quotes).map_err(|error| self.damaged(format!("{what} cannot be read: {error}")))
        };
        let text = || str::from_utf8(&row.body).map_err(|_| self.damaged(format!("{what} is no text")));
        Ok(match row.kind.as_str() {
            "start" => LoggedEvent::Start(self.start(row.seq, text()?)?),
            "market" => LoggedEvent::Market(self.parse(text()?, &what)?),
            "preview" => LoggedEvent::Preview(quotes()?),
            "tape" => LoggedEvent::Tape { rows: self.parse(text()?, &what)? },
            "poll" => LoggedEvent::Poll(quotes()?),
            "next_polls" => LoggedEvent::NextPolls { rows: self.parse(text()?, &what)? },
            "venue" => LoggedEvent::Venue(self.venue_event(row.seq, text()?)?),
            "settled" => LoggedEvent::Settled(self.parse(text()?, &what)?),
            "command" => LoggedEvent::Command(self.parse(text()?, &what)?),
            "warm_up" => LoggedEvent::WarmUp(self.parse(text()?, &what)?),
            "resumed" => {
                let unreadable = |error| self.damaged(format!("{what} cannot be read: {error}"));
                LoggedEvent::Resumed(resumed::decode(&row.body).map_err(unreadable)?)
            }
            "swap" | "shadow" => {
                let unreadable = |error| self.damaged(format!("{what} cannot be read: {error}"));
                let swap = swap::decode(&row.body).map_err(unreadable)?;
                if row.kind == "swap" { LoggedEvent::Swap(swap) } else { LoggedEvent::Shadow(swap) }
            }
            "finish" => LoggedEvent::Finish,
            other => return Err(self.damaged(format!("{what} is of the unknown kind `{other}`"))),
        })
    }

    fn reference(&self, row: &StoredEvent) -> Result<RecordedPoll, JournalError> {
        let text = String::from_utf8_lossy(&row.body);
        self.parse(&text, &format!("event {}", row.seq))
    }

    /// Returns the records of an archived event, which are those after number `from` up to number `to`.
    fn archived_records(&self, from: i64, to: i64, stored: &[(i64, String)]) -> Result<Vec<Record>, JournalError> {
        if !stored.iter().map(|(seq, _)| *seq).eq(from + 1..=to) {
            return Err(self.damaged(format!("its archive does not have the records {} to {to}", from + 1)));
        }
        stored.iter().map(|(seq, body)| self.parse(body, &format!("record {seq}"))).collect()
    }

    /// Returns the records after number `from`, up to and including number `to`.
    fn records_between(&self, from: i64, to: i64) -> Result<Vec<Record>, JournalError> {
        if to < from {
            return Err(self.damaged(format!("events go back from record {from} to {to}")));
        }
        let failed = JournalError::from_sqlite(&self.path);
        let sql = "SELECT seq, body FROM records WHERE seq > ? AND seq <= ? ORDER BY seq";
        let mut select = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = select.query([from, to]).map_err(&failed)?;
        let mut records = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let (seq, body): (i64, String) = (self.get(row, 0)?, self.get(row, 1)?);
            let expected = from + 1 + records.len() as i64;
            if seq != expected {
                return Err(self.damaged(format!("record {expected} is missing")));
            }
            records.push(self.record(seq, &body)?);
        }
        match from + records.len() as i64 {
            last if last == to => Ok(records),
            last => Err(self.damaged(format!("record {} is missing", last + 1))),
        }
    }
}

#[derive(Debug)]
struct StoredEvent {
    seq: i64,
    kind: String,
    body: Vec<u8>,
    record_to: i64,
    cancels: Option<String>,
}

/// The records of an event as they are stored, if they are in the archive.
type ArchivedRecords = Option<Vec<(i64, String)>>;

impl ArchivedStep {
    fn into_row(self) -> (StoredEvent, ArchivedRecords) {
        let ArchivedStep { seq, kind, body, record_to, cancels, records } = self;
        (StoredEvent { seq, kind, body, record_to, cancels }, Some(records))
    }
}

/// Iterator over the events of a journal, in order.
#[derive(Debug)]
pub struct LoggedSteps<'a> {
    journal: &'a Journal,
    archive: ArchivedSteps,
    page: VecDeque<StoredEvent>,
    polls: RecordedPolls,
    seq: i64,
    record_seq: i64,
    ended: bool,
}

impl LoggedSteps<'_> {
    /// Returns the next event from a part that was archived since the archive was read.
    fn archived_since(&mut self) -> Result<Option<ArchivedStep>, JournalError> {
        self.archive.again_after(self.seq);
        self.archive.next()
    }

    /// Returns the next event, and its records if both are in the archive.
    fn next_row(&mut self) -> Result<Option<(StoredEvent, ArchivedRecords)>, JournalError> {
        if let Some(step) = self.archive.next()? {
            return Ok(Some(step.into_row()));
        }
        if self.page.is_empty() {
            self.page = self.journal.event_page(self.seq)?;
        }
        // Rows may have left for the archive meanwhile.
        if self.page.front().is_some_and(|row| row.seq != self.seq + 1)
            && let Some(step) = self.archived_since()?
        {
            self.page.clear();
            return Ok(Some(step.into_row()));
        }
        Ok(self.page.pop_front().map(|row| (row, None)))
    }

    fn read(&mut self) -> Result<Option<LoggedStep>, JournalError> {
        if !self.journal.has_events() {
            return Err(JournalError::NoEvents { path: self.journal.path.clone() });
        }
        let Some((row, archived)) = self.next_row()? else { return Ok(None) };
        if row.seq != self.seq + 1 {
            return Err(self.journal.damaged(format!("event {} is missing", self.seq + 1)));
        }
        let event = match row.kind.as_str() {
            RECORDED_POLL => LoggedEvent::Poll(self.polls.find(&self.journal.reference(&row)?)?),
            _ => self.journal.event(&row)?,
        };
        let records = match archived {
            Some(records) => self.journal.archived_records(self.record_seq, row.record_to, &records)?,
            None if row.record_to == self.record_seq => Vec::new(),
            None => self.journal.records_between(self.record_seq, row.record_to).or_else(|lost| {
                // They may have left for the archive since the event was read.
                let archived = self.archived_since()?.ok_or(lost)?;
                self.page.clear();
                self.journal.archived_records(self.record_seq, row.record_to, &archived.records)
            })?,
        };
        let what = format!("the cancels of event {}", row.seq);
        let cancels = row.cancels.as_deref().map(|text| self.journal.parse(text, &what)).transpose()?;
        (self.seq, self.record_seq) = (row.seq, row.record_to);
        Ok(Some(LoggedStep { seq: row.seq, event, records, cancels: cancels.unwrap_or_default() }))
    }
}

impl Iterator for LoggedSteps<'_> {
    type Item = Result<LoggedStep, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = guarded("an event", || self.read());
        let step = step.map_err(|panicked| self.journal.damaged(panicked.to_string())).flatten().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}
