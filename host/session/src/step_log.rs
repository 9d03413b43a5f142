//! The events that an engine was told, each with what it made: what a journal keeps and a replay needs.

use host_core::engine::Effect;
use host_core::{Event, OrderId, Quotes, QuotesView, Record};
use host_store::journal::EquityPoints;
use host_store::journal::events::{JournalStep, LoggedEvent};

/// Events since they were last taken.
#[derive(Debug, Default)]
pub struct StepLog {
    entries: Vec<LoggedStep>,
    /// Rows of the latest preview that have not come as polls yet.
    previewed: usize,
    /// True if the rows are on a tape, so that their number is enough.
    on_tape: bool,
}

#[derive(Debug)]
struct LoggedStep {
    event: LoggedEvent,
    /// The number of records that it made.
    records: usize,
    cancels: Vec<OrderId>,
}

impl StepLog {
    /// Returns a log that counts rows in place of keeping them: they are on a tape.
    pub fn on_tape() -> StepLog {
        StepLog { on_tape: true, ..StepLog::default() }
    }

    /// Notes that strategies were shown `rows` ahead.
    pub fn preview(&mut self, rows: QuotesView<'_>) {
        self.previewed = rows.len();
        let event = match self.on_tape {
            true => LoggedEvent::Tape { rows: rows.len() },
            false => LoggedEvent::Preview(owned(rows)),
        };
        self.note(event, &[]);
    }

    /// Notes that the engine was told `event`, and what effects it had.
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

    /// Notes a poll of `rows` previewed rows. Polls without any effect are merged with the next: there are many.
    fn next_poll(&mut self, rows: usize, effects: &[Effect]) {
        let quiet = |entry: &&mut LoggedStep| entry.records == 0 && entry.cancels.is_empty();
        let last = self.entries.last_mut().filter(quiet);
        if let Some(LoggedStep { event: LoggedEvent::NextPolls { rows: before }, records, cancels }) = last {
            *before += rows;
            (*records, *cancels) = (count_records(effects), cancels_of(effects).collect());
        } else {
            self.note(LoggedEvent::NextPolls { rows }, effects);
        }
    }

    /// Notes an event that is already in the journal's form.
    pub fn note(&mut self, event: LoggedEvent, effects: &[Effect]) {
        self.entries.push(LoggedStep {
            event,
            records: count_records(effects),
            cancels: cancels_of(effects).collect(),
        });
    }

    /// Takes the events.
    pub fn take(&mut self) -> StepLog {
        StepLog { entries: std::mem::take(&mut self.entries), ..StepLog::default() }
    }
}

fn count_records(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Record(_))).count()
}

/// Returns the orders that `effects` cancel, in order.
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

/// The output of a session since it was last taken: all records, and the events that made them where they are logged.
#[derive(Debug, Default)]
pub struct StepOutput {
    pub records: Vec<Record>,
    /// The equity after the events, where they are logged.
    pub equity: EquityPoints,
    pub(crate) log: StepLog,
}

impl StepOutput {
    /// Returns the events, each with its records. Records come in the order of their events, since effects are carried
    /// out in the order in which the engine made them.
    pub fn steps(&self) -> impl Iterator<Item = JournalStep<'_>> {
        let mut rest = self.records.as_slice();
        self.log.entries.iter().map(move |entry| {
            let (records, after) = rest.split_at(entry.records.min(rest.len()));
            rest = after;
            JournalStep { event: entry.event.as_ref(), records, cancels: &entry.cancels }
        })
    }
}
