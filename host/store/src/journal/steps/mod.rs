//! Every event that an engine saw, in order, each with what it made: enough to do a run again and to compare.
//!
//! The table `events` has one row for each event. Its records are those behind the ones of the event before it, up to
//! `record_to`; its cancels are a list of order numbers. Quote rows are kept in the exact binary form of [`super::rows`], all
//! else as JSON. Events must be written down exactly as the engine saw them: nothing is left out, joined or put right.

mod read;

use std::path::Path;

use host_core::{Command, Event, Market, OrderId, Quotes, QuotesView, Record, Settlement, Timestamp, VenueEvent};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use super::writer::json;
use super::{JournalError, JournalWriter, rows};
pub use read::Steps;

/// One event of a journal.
#[derive(Clone, Debug, PartialEq)]
pub enum LoggedEvent {
    /// An engine was made: all that it began with, in the shell's own words. A live journal has one for each start.
    Start(serde_json::Value),
    /// [`Event::Market`].
    Market(Market),
    /// Rows that were shown to strategies ahead, by `Engine::preview`. They come as [`LoggedEvent::NextPolls`].
    Preview(Quotes),
    /// [`Event::Poll`], with its rows.
    Poll(Quotes),
    /// An [`Event::Poll`] for each poll among the next rows of the latest preview. Only the last may have made anything.
    NextPolls {
        /// How many rows they have.
        rows: usize,
    },
    /// [`Event::Venue`].
    Venue(VenueEvent),
    /// [`Event::Settled`].
    Settled(Settlement),
    /// [`Event::Command`].
    Command(Command),
    /// Recorded rows that warmed strategies up; the rows themselves are in the recording.
    WarmUp(WarmUp),
    /// `Engine::finish`: the end of a run that is not gone on with.
    Finish,
}

/// Which recorded rows warmed strategies up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// The first row's time at the earliest.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// How many rows.
    pub rows: u64,
    /// Of the rows, in hexadecimal: whether a recording still has the same.
    pub checksum: String,
}

/// An event to write down, borrowed.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the variants are those of LoggedEvent")]
pub enum EventRef<'a> {
    Start(&'a serde_json::Value),
    Market(&'a Market),
    Preview(QuotesView<'a>),
    Poll(QuotesView<'a>),
    NextPolls { rows: usize },
    Venue(&'a VenueEvent),
    Settled(Settlement),
    Command(&'a Command),
    WarmUp(&'a WarmUp),
    Finish,
}

/// An event with what it made.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// What the engine was told.
    pub event: EventRef<'a>,
    /// What it wrote down for it, in order. Orders that left are among them ([`Record::Placed`]).
    pub records: &'a [Record],
    /// What it cancelled, in order.
    pub cancels: &'a [OrderId],
}

/// A [`Step`] that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedStep {
    /// Number of the event in the journal, from 1.
    pub seq: i64,
    /// What the engine was told.
    pub event: LoggedEvent,
    /// What it wrote down for it.
    pub records: Vec<Record>,
    /// What it cancelled.
    pub cancels: Vec<OrderId>,
}

/// Numbers of the last record and the last event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) record_seq: i64,
    pub(crate) event_seq: i64,
}

impl LoggedEvent {
    /// The same, borrowed.
    pub fn as_ref(&self) -> EventRef<'_> {
        match self {
            LoggedEvent::Start(start) => EventRef::Start(start),
            LoggedEvent::Market(market) => EventRef::Market(market),
            LoggedEvent::Preview(rows) => EventRef::Preview(rows.all()),
            LoggedEvent::Poll(rows) => EventRef::Poll(rows.all()),
            LoggedEvent::NextPolls { rows } => EventRef::NextPolls { rows: *rows },
            LoggedEvent::Venue(event) => EventRef::Venue(event),
            LoggedEvent::Settled(settlement) => EventRef::Settled(*settlement),
            LoggedEvent::Command(command) => EventRef::Command(command),
            LoggedEvent::WarmUp(rows) => EventRef::WarmUp(rows),
            LoggedEvent::Finish => EventRef::Finish,
        }
    }

    /// When it happened, where it says so.
    pub fn time(&self) -> Option<Timestamp> {
        self.as_ref().time()
    }
}

impl<'a> EventRef<'a> {
    /// The word in the column `kind`.
    pub fn kind(self) -> &'static str {
        match self {
            EventRef::Start(_) => "start",
            EventRef::Market(_) => "market",
            EventRef::Preview(_) => "preview",
            EventRef::Poll(_) => "poll",
            EventRef::NextPolls { .. } => "next_polls",
            EventRef::Venue(_) => "venue",
            EventRef::Settled(_) => "settled",
            EventRef::Command(_) => "command",
            EventRef::WarmUp(_) => "warm_up",
            EventRef::Finish => "finish",
        }
    }

    /// When it happened, where it says so.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            EventRef::Preview(rows) | EventRef::Poll(rows) => rows.time.first().map(|&time| Timestamp(time)),
            EventRef::Venue(VenueEvent::Filled(fill)) => Some(fill.time),
            EventRef::Venue(VenueEvent::Closed { time, .. }) => Some(*time),
            EventRef::Settled(settlement) => Some(settlement.time),
            EventRef::Command(command) => Some(command.time()),
            EventRef::WarmUp(rows) => Some(rows.to),
            EventRef::Start(_) | EventRef::Market(_) | EventRef::NextPolls { .. } | EventRef::Finish => None,
        }
    }

    /// Text where it is JSON, so that a person can ask in SQL.
    fn body(self, path: &Path) -> Result<Value, JournalError> {
        let text = match self {
            EventRef::Preview(rows) | EventRef::Poll(rows) => return Ok(Value::Blob(rows::encode(rows))),
            EventRef::Start(start) => json(path, start),
            EventRef::Market(market) => json(path, market),
            EventRef::NextPolls { rows } => json(path, &rows),
            EventRef::Venue(event) => json(path, event),
            EventRef::Settled(settlement) => json(path, &settlement),
            EventRef::Command(command) => json(path, command),
            EventRef::WarmUp(rows) => json(path, rows),
            EventRef::Finish => Ok(String::new()),
        };
        text.map(Value::Text)
    }
}

impl<'a> From<Event<'a>> for EventRef<'a> {
    fn from(event: Event<'a>) -> EventRef<'a> {
        match event {
            Event::Market(market) => EventRef::Market(market),
            Event::Poll(rows) => EventRef::Poll(rows),
            Event::Venue(event) => EventRef::Venue(event),
            Event::Settled(settlement) => EventRef::Settled(settlement),
            Event::Command(command) => EventRef::Command(command),
        }
    }
}

/// Writes `step` down within the transaction that `connection` is in, and counts on. On an error the transaction must be
/// given up, and `counters` with it.
pub(crate) fn insert_step(
    path: &Path,
    connection: &Connection,
    counters: &mut Counters,
    step: &Step<'_>,
) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    insert_records(path, connection, &mut counters.record_seq, step.records)?;
    counters.event_seq += 1;
    let sql = "INSERT INTO events (seq, time, kind, body, record_to, cancels) VALUES (?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql).map_err(&failed)?;
    let (event, time) = (step.event, step.event.time().map(|time| time.0));
    let cancels = if step.cancels.is_empty() { None } else { Some(json(path, &step.cancels)?) };
    let row = params![counters.event_seq, time, event.kind(), event.body(path)?, counters.record_seq, cancels];
    insert.execute(row).map_err(&failed)?;
    Ok(())
}

/// Writes records down behind number `seq`, and counts on.
pub(crate) fn insert_records(
    path: &Path,
    connection: &Connection,
    seq: &mut i64,
    records: &[Record],
) -> Result<(), JournalError> {
    let failed = JournalError::from_sqlite(path);
    let sql = "INSERT INTO records (seq, time, kind, slot, market, order_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql).map_err(&failed)?;
    for record in records {
        *seq += 1;
        let keys = Keys::of(record);
        let (slot, market) = (keys.slot.map(|slot| slot.0), keys.market.map(|market| market.0));
        let order = keys.order.map(|order| order.0.cast_signed());
        let body = json(path, record)?;
        insert.execute(params![*seq, keys.time.0, keys.kind, slot, market, order, body]).map_err(&failed)?;
    }
    Ok(())
}

impl JournalWriter {
    /// Appends `steps` in one transaction: all or none. A journal is written by this or by [`JournalWriter::append`], not by
    /// both: a record without an event would count as the next event's.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn append_steps<'a>(&mut self, steps: impl IntoIterator<Item = Step<'a>>) -> Result<(), JournalError> {
        let (path, mut counters) = (self.path.clone(), self.counters);
        let failed = JournalError::from_sqlite(&path);
        let transaction = self.connection.transaction().map_err(&failed)?;
        for step in steps {
            insert_step(&path, &transaction, &mut counters, &step)?;
        }
        transaction.commit().map_err(&failed)?;
        self.counters = counters;
        Ok(())
    }

    /// Keeps a copy of a component, so that the journal can be replayed by itself. The same one is kept once.
    ///
    /// # Errors
    /// As [`JournalWriter::append`].
    pub fn keep_component(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), JournalError> {
        insert_component(&self.path, &self.connection, sha256, bytes)
    }
}

/// Keeps a copy of a component, once.
pub(crate) fn insert_component(
    path: &Path,
    connection: &Connection,
    sha256: &str,
    bytes: &[u8],
) -> Result<(), JournalError> {
    let sql = "INSERT OR IGNORE INTO components (sha256, bytes) VALUES (?, ?)";
    connection.execute(sql, params![sha256, bytes]).map(drop).map_err(JournalError::from_sqlite(path))
}
