//! What the engine was told, event by event, with what each made: what a journal keeps, and a replay needs.

use host_core::engine::Effect;
use host_core::{Event, OrderId, Quotes, QuotesView, Record};
use host_store::journal::events::{JournalStep, LoggedEvent};

/// Events since they were last taken.
#[derive(Debug, Default)]
pub struct StepLog {
    entries: Vec<Entry>,
    /// Rows of the latest preview that have not come as polls yet.
    previewed: usize,
}

#[derive(Debug)]
struct Entry {
    event: LoggedEvent,
    /// How many records it made.
    records: usize,
    cancels: Vec<OrderId>,
}

impl StepLog {
    /// Strategies were shown `rows` ahead.
    pub fn preview(&mut self, rows: QuotesView<'_>) {
        self.previewed = rows.len();
        self.note(LoggedEvent::Preview(owned(rows)), &[]);
    }

    /// The engine was told of `event`, and made `effects` of it.
    pub fn event(&mut self, event: Event<'_>, effects: &[Effect]) {
        let event = match event {
            Event::Poll(rows) if self.previewed >= rows.len() => {
                self.previewed -= rows.len();
                return self.next_poll(rows.len(), effects);
            }
            Event::Poll(rows) => LoggedEvent::Poll(owned(rows)),
            Event::Market(market) => LoggedEvent::Market(market.clone()),
            Event::Venue(event) => LoggedEvent::Venue(event.clone()),
            Event::Settled(settlement) => LoggedEvent::Settled(settlement),
            Event::Command(command) => LoggedEvent::Command(command.clone()),
        };
        self.note(event, effects);
    }

    /// A poll of `rows` previewed rows. Polls of which nothing followed go together with the next: there are many.
    fn next_poll(&mut self, rows: usize, effects: &[Effect]) {
        let quiet = |entry: &&mut Entry| entry.records == 0 && entry.cancels.is_empty();
        let last = self.entries.last_mut().filter(quiet);
        if let Some(Entry { event: LoggedEvent::NextPolls { rows: before }, records, cancels }) = last {
            *before += rows;
            (*records, *cancels) = (count_records(effects), cancels_of(effects).collect());
        } else {
            self.note(LoggedEvent::NextPolls { rows }, effects);
        }
    }

    /// The same of what is already in the journal's words.
    pub fn note(&mut self, event: LoggedEvent, effects: &[Effect]) {
        self.entries.push(Entry { event, records: count_records(effects), cancels: cancels_of(effects).collect() });
    }

    /// Takes the events.
    pub fn take(&mut self) -> StepLog {
        StepLog { entries: std::mem::take(&mut self.entries), previewed: 0 }
    }
}

fn count_records(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Record(_))).count()
}

/// The orders that `effects` cancel, in order.
pub fn cancels_of(effects: &[Effect]) -> impl Iterator<Item = OrderId> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Cancel(order) => Some(*order),
        _ => None,
    })
}

fn owned(rows: QuotesView<'_>) -> Quotes {
    let mut all = Quotes::default();
    all.append(rows);
    all
}

/// What happened since it was last taken: all records, and the events that made them where they were logged.
#[derive(Debug, Default)]
pub struct Happened {
    /// In order.
    pub records: Vec<Record>,
    pub(super) log: StepLog,
}

impl Happened {
    /// The events, each with its records. Records come in the order of their events, since effects are carried out in
    /// the order in which the engine made them.
    pub fn steps(&self) -> impl Iterator<Item = JournalStep<'_>> {
        let mut rest = self.records.as_slice();
        self.log.entries.iter().map(move |entry| {
            let (records, after) = rest.split_at(entry.records.min(rest.len()));
            rest = after;
            JournalStep { event: entry.event.as_ref(), records, cancels: &entry.cancels }
        })
    }
}
