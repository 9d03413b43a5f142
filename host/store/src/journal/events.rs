//! Every event that an engine saw, in order, with its effects: enough to repeat a run and compare the two.
//!
//! The table `events` has one row per event. The records of an event are those after the last record of the event
//! before it, up to `record_to`; its cancels are a list of order numbers. Quote rows are kept in the exact binary
//! form of [`super::rows`], everything else as JSON. Events must be written exactly as the engine saw them: none may
//! be left out, merged or corrected.

use host_core::engine::ResumedStrategy;
use host_core::{
    Command, Event, Market, OrderId, Quotes, QuotesView, Record, Settlement, SlotId, Timestamp, VenueEvent,
};
use serde::{Deserialize, Serialize};

/// An event that was read from a journal.
#[derive(Clone, Debug, PartialEq)]
pub enum LoggedEvent {
    /// The creation of an engine, with everything that it started from, in the format of the program that made it. A
    /// live journal has one for each start.
    Start(serde_json::Value),
    /// [`Event::Market`].
    Market(Market),
    /// Rows that strategies were given in advance, by `Engine::preview`. Their polls follow as
    /// [`LoggedEvent::NextPolls`].
    Preview(Quotes),
    /// The next rows of the tape that the start names, which strategies were given in advance: [`LoggedEvent::Preview`]
    /// without the rows.
    Tape {
        /// Number of rows.
        rows: usize,
    },
    /// [`Event::Poll`], with its rows.
    Poll(Quotes),
    /// One [`Event::Poll`] for each poll among the next rows that strategies were given in advance. Only the last one
    /// may have had effects.
    NextPolls {
        /// Number of rows of all these polls.
        rows: usize,
    },
    /// [`Event::Venue`].
    Venue(VenueEvent),
    /// [`Event::Settled`].
    Settled(Settlement),
    /// [`Event::Command`].
    Command(Command),
    /// Recorded rows that strategies were warmed up with. The rows themselves are in the recording.
    WarmUp(WarmUp),
    /// The state that a strategy goes on from after a restart. It comes before the warm-up of the others.
    Resumed(ResumedStrategy),
    /// `Engine::swap`: another version of a strategy takes over its slot.
    Swap(Swap),
    /// A version begins to decide in the shadow of the one in its slot, on a pretend account: the engine is not told.
    Shadow(Swap),
    /// `Engine::finish`: the end of a run that will not be resumed.
    Finish,
}

/// The recorded rows that strategies were warmed up with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// Earliest time of a row, inclusive.
    pub from: Timestamp,
    /// Latest time of a row, exclusive.
    pub to: Timestamp,
    /// Number of rows.
    pub rows: u64,
    /// Checksum of the rows, in hexadecimal, to tell whether a recording still has the same ones.
    pub checksum: String,
}

/// Another version of a strategy, as it took over its slot, or began in its shadow.
#[derive(Clone, Debug, PartialEq)]
pub struct Swap {
    pub slot: SlotId,
    pub time: Timestamp,
    /// The end of the time in which the version from before may come back.
    pub until: Timestamp,
    /// The component and what it was started with, in the format of the program that made it.
    pub started: serde_json::Value,
    /// SHA-256 of the component that left, in hexadecimal; `None` if there was none.
    pub former: Option<String>,
    /// The operator's reason.
    pub reason: String,
    pub knowledge: Knowledge,
}

/// The knowledge that a strategy begins with.
#[derive(Clone, Debug, PartialEq)]
pub enum Knowledge {
    /// The state that the version from before had led to, with what came since.
    State(ResumedStrategy),
    /// Recorded rows.
    WarmUp(WarmUp),
}

/// An event to be written: [`LoggedEvent`], borrowed.
#[derive(Clone, Copy, Debug)]
pub enum EventRef<'a> {
    Start(&'a serde_json::Value),
    Market(&'a Market),
    Preview(QuotesView<'a>),
    Tape { rows: usize },
    Poll(QuotesView<'a>),
    NextPolls { rows: usize },
    Venue(&'a VenueEvent),
    Settled(Settlement),
    Command(&'a Command),
    WarmUp(&'a WarmUp),
    Resumed(&'a ResumedStrategy),
    Swap(&'a Swap),
    Shadow(&'a Swap),
    Finish,
}

/// An event with its effects, to be written.
#[derive(Clone, Copy, Debug)]
pub struct JournalStep<'a> {
    pub event: EventRef<'a>,
    /// Records that the engine wrote for the event, in order. They include the orders placed ([`Record::Placed`]).
    pub records: &'a [Record],
    /// Orders that the engine cancelled, in order.
    pub cancels: &'a [OrderId],
}

/// An event with its effects, read from a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedStep {
    /// Number of the event in the journal, from 1.
    pub seq: i64,
    pub event: LoggedEvent,
    pub records: Vec<Record>,
    pub cancels: Vec<OrderId>,
}

impl LoggedEvent {
    /// Returns the event, borrowed.
    pub fn as_ref(&self) -> EventRef<'_> {
        match self {
            LoggedEvent::Start(start) => EventRef::Start(start),
            LoggedEvent::Market(market) => EventRef::Market(market),
            LoggedEvent::Preview(rows) => EventRef::Preview(rows.all()),
            LoggedEvent::Tape { rows } => EventRef::Tape { rows: *rows },
            LoggedEvent::Poll(rows) => EventRef::Poll(rows.all()),
            LoggedEvent::NextPolls { rows } => EventRef::NextPolls { rows: *rows },
            LoggedEvent::Venue(event) => EventRef::Venue(event),
            LoggedEvent::Settled(settlement) => EventRef::Settled(*settlement),
            LoggedEvent::Command(command) => EventRef::Command(command),
            LoggedEvent::WarmUp(rows) => EventRef::WarmUp(rows),
            LoggedEvent::Resumed(resumed) => EventRef::Resumed(resumed),
            LoggedEvent::Swap(swap) => EventRef::Swap(swap),
            LoggedEvent::Shadow(swap) => EventRef::Shadow(swap),
            LoggedEvent::Finish => EventRef::Finish,
        }
    }

    /// Returns the time of the event, if it has one.
    pub fn time(&self) -> Option<Timestamp> {
        self.as_ref().time()
    }
}

impl<'a> EventRef<'a> {
    /// Returns the event with a copy of what it refers to.
    pub fn to_owned(self) -> LoggedEvent {
        let rows = |view: QuotesView<'_>| {
            let mut rows = Quotes::default();
            rows.append(view);
            rows
        };
        match self {
            EventRef::Start(start) => LoggedEvent::Start(start.clone()),
            EventRef::Market(market) => LoggedEvent::Market(market.clone()),
            EventRef::Preview(view) => LoggedEvent::Preview(rows(view)),
            EventRef::Tape { rows } => LoggedEvent::Tape { rows },
            EventRef::Poll(view) => LoggedEvent::Poll(rows(view)),
            EventRef::NextPolls { rows } => LoggedEvent::NextPolls { rows },
            EventRef::Venue(event) => LoggedEvent::Venue(event.clone()),
            EventRef::Settled(settlement) => LoggedEvent::Settled(settlement),
            EventRef::Command(command) => LoggedEvent::Command(command.clone()),
            EventRef::WarmUp(warm_up) => LoggedEvent::WarmUp(warm_up.clone()),
            EventRef::Resumed(resumed) => LoggedEvent::Resumed(resumed.clone()),
            EventRef::Swap(swap) => LoggedEvent::Swap(swap.clone()),
            EventRef::Shadow(swap) => LoggedEvent::Shadow(swap.clone()),
            EventRef::Finish => LoggedEvent::Finish,
        }
    }

    /// Returns the value of the column `kind`.
    pub fn kind(self) -> &'static str {
        match self {
            EventRef::Start(_) => "start",
            EventRef::Market(_) => "market",
            EventRef::Preview(_) => "preview",
            EventRef::Tape { .. } => "tape",
            EventRef::Poll(_) => "poll",
            EventRef::NextPolls { .. } => "next_polls",
            EventRef::Venue(_) => "venue",
            EventRef::Settled(_) => "settled",
            EventRef::Command(_) => "command",
            EventRef::WarmUp(_) => "warm_up",
            EventRef::Resumed(_) => "resumed",
            EventRef::Swap(_) => "swap",
            EventRef::Shadow(_) => "shadow",
            EventRef::Finish => "finish",
        }
    }

    /// Returns the time of the event, if it has one.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            EventRef::Preview(rows) | EventRef::Poll(rows) => rows.time.first().map(|&time| Timestamp(time)),
            EventRef::Venue(VenueEvent::Filled(fill)) => Some(fill.time),
            EventRef::Venue(VenueEvent::Closed { time, .. }) => Some(*time),
            EventRef::Settled(settlement) => Some(settlement.time),
            EventRef::Command(command) => Some(command.time()),
            EventRef::WarmUp(rows) => Some(rows.to),
            EventRef::Swap(swap) | EventRef::Shadow(swap) => Some(swap.time),
            EventRef::Start(_)
            | EventRef::Market(_)
            | EventRef::Tape { .. }
            | EventRef::NextPolls { .. }
            | EventRef::Resumed(_)
            | EventRef::Finish => None,
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
