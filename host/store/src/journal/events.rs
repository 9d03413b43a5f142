//! Every event that an engine saw, in order, each with what it made: enough to do a run again and to compare.
//!
//! The table `events` has one row for each event. Its records are those behind the ones of the event before it, up to
//! `record_to`; its cancels are a list of order numbers. Quote rows are kept in the exact binary form of [`super::rows`], all
//! else as JSON. Events must be written down exactly as the engine saw them: nothing is left out, joined or put right.

use host_core::{Command, Event, Market, OrderId, Quotes, QuotesView, Record, Settlement, Timestamp, VenueEvent};
use serde::{Deserialize, Serialize};

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
pub struct JournalStep<'a> {
    /// What the engine was told.
    pub event: EventRef<'a>,
    /// What it wrote down for it, in order. Orders that left are among them ([`Record::Placed`]).
    pub records: &'a [Record],
    /// What it cancelled, in order.
    pub cancels: &'a [OrderId],
}

/// A [`JournalStep`] that was read.
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
