//! Tells an engine what a journal says that it was told, event by event.

use host_core::engine::{Effect, Engine};
use host_core::{Event, OrderId, Quotes, Record, Strategy};
use host_store::journal::events::LoggedEvent;

use super::source::JournalSource;
use super::start::Start;
use crate::error::{Report, Result};
use crate::shell::steps::cancels_of;

/// What an event made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Written down, in order.
    pub records: Vec<Record>,
    /// Cancelled, in order.
    pub cancels: Vec<OrderId>,
}

/// Plays sessions, one after the other.
pub struct Player<'a, F> {
    source: &'a JournalSource<'a>,
    /// The strategies of a session, by slot.
    cast: F,
    engine: Option<Engine>,
    previewed: Quotes,
    /// How many of those rows have come as polls.
    shown: usize,
    effects: Vec<Effect>,
}

impl<F> std::fmt::Debug for Player<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl<'a, F: FnMut(&Start) -> Result<Vec<Box<dyn Strategy>>>> Player<'a, F> {
    /// A player of the journal of `source` that takes its strategies from `cast`.
    pub fn new(source: &'a JournalSource<'a>, cast: F) -> Player<'a, F> {
        let (previewed, effects) = (Quotes::default(), Vec::new());
        Player { source, cast, engine: None, previewed, shown: 0, effects }
    }

    /// The engine of the present session.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// Tells the engine of `event`.
    ///
    /// # Errors
    /// A session that cannot be begun, or a journal that makes no sense.
    pub fn play(&mut self, event: LoggedEvent) -> Result<Made> {
        if let LoggedEvent::Start(start) = event {
            self.engine = Some(self.begin(start)?);
            (self.previewed, self.shown) = (Quotes::default(), 0);
            return Ok(Made::default());
        }
        let Some(engine) = &mut self.engine else {
            return Err(Report::user("cannot replay the journal").because("it does not begin with a start"));
        };
        let effects = &mut self.effects;
        match event {
            LoggedEvent::Start(_) => {}
            LoggedEvent::Market(market) => engine.step(Event::Market(&market), effects),
            LoggedEvent::Preview(rows) => {
                engine.preview(rows.all());
                (self.previewed, self.shown) = (rows, 0);
            }
            LoggedEvent::Poll(rows) => engine.step(Event::Poll(rows.all()), effects),
            LoggedEvent::NextPolls { rows } => {
                let end = self.shown.saturating_add(rows);
                if end > self.previewed.len() {
                    let cause = "it has polls of rows that no strategy was shown ahead";
                    return Err(Report::user("cannot replay the journal").because(cause));
                }
                while self.shown < end {
                    let poll_end = self.previewed.poll_end(self.shown).min(end);
                    engine.step(Event::Poll(self.previewed.view(self.shown..poll_end)), effects);
                    self.shown = poll_end;
                }
            }
            LoggedEvent::Venue(event) => engine.step(Event::Venue(&event), effects),
            LoggedEvent::Settled(settlement) => engine.step(Event::Settled(settlement), effects),
            LoggedEvent::Command(command) => engine.step(Event::Command(&command), effects),
            LoggedEvent::WarmUp(wanted) => self.source.warm_up(&wanted, engine)?,
            LoggedEvent::Finish => engine.finish(effects),
        }
        let cancels = cancels_of(effects).collect();
        let records = effects.drain(..).filter_map(|effect| match effect {
            Effect::Record(record) => Some(record),
            _ => None,
        });
        Ok(Made { records: records.collect(), cancels })
    }

    fn begin(&mut self, start: serde_json::Value) -> Result<Engine> {
        let start = Start::from_json(start)?;
        // A session goes on with the markets that the one before it has left.
        let markets = self.engine.take().map(|former| former.markets().to_vec()).unwrap_or_default();
        let mut engine = start.engine(&markets)?;
        for strategy in (self.cast)(&start)? {
            engine.add_strategy(strategy);
        }
        Ok(engine)
    }
}
