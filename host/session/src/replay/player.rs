//! Plays a journal's events to an engine.

use std::collections::BTreeMap;

use host_core::engine::{Effect, Engine};
use host_core::record::SwapCause;
use host_core::strategy::FaultKind;
use host_core::{Event, Market, MarketId, OrderId, Quotes, Record, SlotId, Strategy};
use host_store::journal::events::{LoggedEvent, Swap};

use super::newcomer::newcomer;
use super::source::JournalSource;
use crate::error::SessionError;
use crate::start::{Start, Started};
use crate::step_log::cancels_of;
use crate::tape_ref::TapeRows;

/// The output of one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplayedStep {
    /// In order.
    pub records: Vec<Record>,
    /// The orders that were cancelled, in order.
    pub cancels: Vec<OrderId>,
}

/// The strategies that a journal is played with.
pub trait Cast {
    type Error: From<SessionError>;

    /// Returns the strategies of a session, by slot.
    ///
    /// # Errors
    /// One cannot be loaded or started.
    fn session(&mut self, start: &Start) -> Result<Vec<Box<dyn Strategy>>, Self::Error>;

    /// Returns the strategy that takes over `slot` within the session of `start`.
    ///
    /// # Errors
    /// It cannot be loaded or started.
    fn newcomer(&mut self, start: &Start, slot: SlotId, started: &Started) -> Result<Box<dyn Strategy>, Self::Error>;
}

/// Plays the sessions of a journal, one after the other.
pub struct Player<'a, C> {
    source: &'a JournalSource<'a>,
    cast: C,
    /// The start of the current session.
    start: Option<Start>,
    engine: Option<Engine>,
    /// The markets of former sessions, by number.
    markets: BTreeMap<MarketId, Market>,
    previewed: Quotes,
    /// The number of those rows that have come as polls.
    shown: usize,
    /// The rows of the session's tape, if it has one.
    tape: Option<TapeRows>,
    effects: Vec<Effect>,
}

impl<C> std::fmt::Debug for Player<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl<'a, C: Cast> Player<'a, C> {
    /// Makes a player of the journal of `source` that takes its strategies from `cast`.
    pub fn new(source: &'a JournalSource<'a>, cast: C) -> Player<'a, C> {
        let (previewed, effects) = (Quotes::default(), Vec::new());
        let (start, engine) = (None, None);
        Player { source, cast, start, engine, markets: BTreeMap::new(), previewed, shown: 0, tape: None, effects }
    }

    /// Returns the engine of the current session.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// Tells the engine `event`, and returns its output.
    ///
    /// # Errors
    /// A session cannot be begun, or the journal's events contradict each other.
    pub fn play(&mut self, event: LoggedEvent) -> Result<ReplayedStep, C::Error> {
        if let LoggedEvent::Start(start) = event {
            self.engine = Some(self.begin(start)?);
            (self.previewed, self.shown) = (Quotes::default(), 0);
            return Ok(ReplayedStep::default());
        }
        if let LoggedEvent::Swap(swap) = event {
            self.swap(swap)?;
            return Ok(self.take_output());
        }
        let Some(engine) = &mut self.engine else {
            return Err(SessionError::JournalInconsistent("it does not begin with a start".into()).into());
        };
        let effects = &mut self.effects;
        match event {
            LoggedEvent::Start(_) | LoggedEvent::Swap(_) | LoggedEvent::Shadow(_) => {}
            LoggedEvent::Market(market) => engine.step(Event::Market(&market), effects),
            LoggedEvent::Preview(rows) => {
                engine.preview(rows.all());
                (self.previewed, self.shown) = (rows, 0);
            }
            LoggedEvent::Tape { rows } => {
                let Some(tape) = &mut self.tape else {
                    return Err(SessionError::JournalInconsistent("its start names no tape".into()).into());
                };
                self.previewed = tape.next(rows)?;
                self.shown = 0;
                engine.preview(self.previewed.all());
            }
            LoggedEvent::Poll(rows) => engine.step(Event::Poll(rows.all()), effects),
            LoggedEvent::NextPolls { rows } => {
                let end = self.shown.saturating_add(rows);
                if end > self.previewed.len() {
                    let cause = "it has polls of rows that no strategy was shown ahead";
                    return Err(SessionError::JournalInconsistent(cause.into()).into());
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
            LoggedEvent::Resumed(resumed) => {
                let why = |fault: host_core::Fault| SessionError::NotResumed(fault.message.into());
                engine.resume_strategy(&resumed).map_err(why)?;
            }
            LoggedEvent::Finish => engine.finish(effects),
        }
        Ok(self.take_output())
    }

    fn take_output(&mut self) -> ReplayedStep {
        let cancels = cancels_of(&self.effects).collect();
        let records = self.effects.drain(..).filter_map(|effect| match effect {
            Effect::Record(record) => Some(record),
            _ => None,
        });
        ReplayedStep { records: records.collect(), cancels }
    }

    /// Lets another version take over its slot, with the knowledge that it had then.
    fn swap(&mut self, swap: Swap) -> Result<(), C::Error> {
        let (Some(start), Some(engine)) = (&self.start, &mut self.engine) else {
            return Err(SessionError::JournalInconsistent("it does not begin with a start".into()).into());
        };
        let Swap { slot, time, until, started, reason, knowledge, .. } = swap;
        let started: Started = serde_json::from_value(started).map_err(SessionError::StartNotRead)?;
        let strategy = self.cast.newcomer(start, slot, &started)?;
        let newcomer = newcomer(strategy, knowledge, engine.markets(), self.source)?;
        engine.swap(slot, newcomer, (time, until), reason, &mut self.effects);
        Ok(())
    }

    /// Lets strategies fail at the next event with the faults among `records` that came from wall time: no replay meets
    /// them by itself.
    pub fn expect_faults(&mut self, records: &[Record]) {
        let Some(engine) = &mut self.engine else { return };
        for record in records {
            let (slot, fault) = match record {
                Record::Restarted { slot, fault, .. } | Record::Fault { slot, fault, .. } => (*slot, fault),
                Record::Swapped { slot, cause: SwapCause::Fault(fault), .. } => (*slot, fault),
                _ => continue,
            };
            if fault.kind == FaultKind::TimedOut {
                engine.impose_faults(slot, vec![fault.clone()]);
            }
        }
    }

    /// Takes in an event of a session that is not replayed: the next one goes on with its markets.
    pub fn pass_over(&mut self, event: LoggedEvent) {
        self.keep_markets();
        if let LoggedEvent::Market(market) = event {
            self.markets.insert(market.id, market);
        }
    }

    fn keep_markets(&mut self) {
        let listed = self.engine.take().map(|former| former.markets().to_vec()).unwrap_or_default();
        self.markets.extend(listed.into_iter().map(|market| (market.id, market)));
    }

    fn begin(&mut self, start: serde_json::Value) -> Result<Engine, C::Error> {
        let start = Start::from_json(start)?;
        // A session goes on with markets of all sessions before it, which may not have had those that were over.
        self.keep_markets();
        let markets: Vec<Market> = self.markets.values().cloned().collect();
        self.tape = self.source.tape_rows(&start)?;
        let mut engine = start.engine(&markets)?;
        start.seat(&mut engine, self.cast.session(&start)?);
        self.start = Some(start);
        Ok(engine)
    }
}
