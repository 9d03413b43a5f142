//! Strategies that go on after a restart as if they had never stopped: each takes up the state that it saved last, and
//! is shown the polls since, as the journal has them. Its decisions on those were acted upon when they were made.
//!
//! A strategy that cannot is warmed up instead. What it cannot take up must never stop a start.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use host_core::engine::{Engine, ResumedStrategy, SlotBooks};
use host_core::strategy::{Batch, ParameterValue};
use host_core::{Decisions, Market, MarketId, Quotes, SavedState, SlotId, Span, Strategy, Timestamp};
use host_sandbox::{SandboxedStrategy, Settings, StrategyComponent};
use host_session::setup::{LoadedStrategy, Setup};
use host_session::start::Started;
use host_store::journal::events::LoggedEvent;
use host_store::journal::{Journal, JournalError};
use host_store::live::{KeptState, LiveStore};
use serde::Serialize;

use crate::error::{LiveError, Result};

/// The mark by which a kept state is recognised as a strategy's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateMark {
    /// Digest of the component.
    pub sha256: String,
    /// The settings of the instance, as JSON.
    pub settings: String,
}

/// The settings on which a state depends. A state that another interval or other parameters led to is another one.
#[derive(Serialize)]
struct StateSettings<'a> {
    poll_interval: Span,
    parameters: &'a BTreeMap<String, ParameterValue>,
}

/// A strategy that goes on.
#[derive(Clone, Debug)]
pub struct Comeback {
    pub resumed: ResumedStrategy,
    /// Number of the last poll that it was shown.
    pub event: i64,
    /// Number of the last event that was looked at for it.
    pub upto: i64,
    /// The time when its state was kept.
    pub kept: Timestamp,
    /// True if another component saved it: another version of the strategy.
    pub is_of_another: bool,
    /// Number of polls that it was shown since.
    pub polls: u64,
}

/// The strategies at a start, by slot: those that go on, and why the others do not. One that has kept nothing has no
/// reason.
#[derive(Clone, Debug, Default)]
pub struct Comebacks {
    pub resumed: BTreeMap<SlotId, Comeback>,
    pub cold: BTreeMap<SlotId, Option<String>>,
}

/// Returns the marks of the strategies of `setup`, by slot.
pub fn marks(setup: &Setup, slots: &BTreeMap<SlotId, String>) -> Result<BTreeMap<SlotId, StateMark>> {
    let of = |strategy: &LoadedStrategy| {
        let seat = setup.seat(strategy, slots);
        let slot = seat.number;
        let started = Started::of(seat, &strategy.component, &strategy.settings);
        Ok((slot, StateMark::of(&started, setup.poll_interval)?))
    };
    setup.strategies.iter().map(of).collect()
}

impl StateMark {
    /// Returns the mark of a strategy that was `started` where polls come in `poll_interval`.
    ///
    /// # Errors
    /// A number cannot be expressed in JSON.
    pub fn of(started: &Started, poll_interval: Span) -> Result<StateMark> {
        let settings = StateSettings { poll_interval, parameters: &started.parameters };
        let settings = serde_json::to_string(&settings).map_err(LiveError::StateNotWritten)?;
        Ok(StateMark { sha256: started.sha256.clone(), settings })
    }

    /// Returns `state`, the one of the strategy in `slot` after the poll with the number `event`, as it is kept at
    /// `time`, with the books of `engine` after event number `books_seq`.
    ///
    /// # Errors
    /// A number cannot be expressed in JSON.
    pub fn keep(
        &self,
        engine: &Engine,
        (slot, state): (SlotId, SavedState),
        (event, books_seq): (i64, i64),
        time: Timestamp,
    ) -> Result<KeptState> {
        let is_told = engine.manifest(slot).is_some_and(|manifest| manifest.feedback);
        let books = is_told.then(|| serde_json::to_string(&engine.books()).map_err(LiveError::StateNotWritten));
        let StateMark { sha256, settings } = self.clone();
        Ok(KeptState { slot, event_seq: event, time, sha256, settings, books_seq, books: books.transpose()?, state })
    }
}

impl Comebacks {
    /// Lets the strategies in the slots of `engine` take up their states. One that does not is warmed up.
    pub fn resume(&mut self, engine: &mut Engine) {
        let mut refused = Vec::new();
        for (slot, comeback) in &self.resumed {
            if let Err(fault) = engine.resume_strategy(&comeback.resumed) {
                refused.push((*slot, Some(format!("it does not take it up: {}", fault.message))));
            }
        }
        for (slot, why) in refused {
            self.resumed.remove(&slot);
            self.cold.insert(slot, why);
        }
    }

    /// Brings the strategies of `setup` back, as far as `store` has their states.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(setup: &Setup, store: &LiveStore) -> Result<Comebacks> {
        let kept = store.kept_states().map_err(LiveError::StoreFailed)?;
        let marks = marks(setup, store.slots())?;
        let mut comebacks = Comebacks::default();
        for strategy in &setup.strategies {
            let slot = setup.seat(strategy, store.slots()).number;
            let (Some(kept), Some(mark)) = (kept.get(&slot), marks.get(&slot)) else {
                comebacks.cold.insert(slot, None);
                continue;
            };
            let journal = store.journal().map_err(LiveError::StoreFailed)?;
            if kept.settings != mark.settings {
                let why = "its parameters or the poll interval have changed".to_owned();
                comebacks.cold.insert(slot, Some(why));
                continue;
            }
            match come_back(&strategy.component, &strategy.settings, kept, &journal) {
                Ok(comeback) => drop(comebacks.resumed.insert(slot, comeback)),
                Err(why) => drop(comebacks.cold.insert(slot, Some(why))),
            }
        }
        Ok(comebacks)
    }
}

/// Brings `component`, started with `settings`, to the last poll of `journal` from the state that was `kept`, or says
/// why it cannot be.
pub fn come_back(
    component: &StrategyComponent,
    settings: &Settings,
    kept: &KeptState,
    journal: &Journal,
) -> Result<Comeback, String> {
    let mut instance = component.start(settings).map_err(|error| error.to_string())?;
    if !instance.has_state() {
        return Err("it does not take up states any more".to_owned());
    }
    instance.restore(&kept.state).map_err(|fault| format!("it does not take it up: {}", fault.message))?;
    let mut catching_up = CatchUp::new(instance, kept)?;
    let failed = |error: JournalError| format!("the polls since cannot be read: {error}");
    let Some(steps) = journal.steps_after(kept.event_seq).map_err(failed)? else {
        return Err("the polls since are in the archive".to_owned());
    };
    for step in steps {
        let step = step.map_err(failed)?;
        if let Some(books) = &mut catching_up.books {
            for record in &step.records {
                if step.seq > kept.books_seq { books.book(record) } else { books.note_fill(record) }
            }
        }
        catching_up.upto = step.seq;
        catching_up.take(step.seq, step.event)?;
    }
    catching_up.end(kept, kept.sha256 != component.digest)
}

/// A strategy that is shown what it has missed.
struct CatchUp {
    instance: SandboxedStrategy,
    /// For one that is told of its positions.
    books: Option<SlotBooks>,
    markets: Vec<Market>,
    decisions: Decisions,
    event: i64,
    upto: i64,
    polls: u64,
}

impl CatchUp {
    fn new(instance: SandboxedStrategy, kept: &KeptState) -> Result<CatchUp, String> {
        let books = match (instance.manifest().feedback, &kept.books) {
            (false, _) => None,
            (true, None) => return Err("its positions of then were not kept".to_owned()),
            (true, Some(books)) => {
                let portfolio = serde_json::from_str(books).map_err(|error| error.to_string())?;
                Some(SlotBooks::new(kept.slot, portfolio))
            }
        };
        let (markets, decisions) = (Vec::new(), Decisions::default());
        let (event, upto) = (kept.event_seq, kept.event_seq);
        Ok(CatchUp { instance, books, markets, decisions, event, upto, polls: 0 })
    }

    fn take(&mut self, seq: i64, event: LoggedEvent) -> Result<(), String> {
        match event {
            LoggedEvent::Market(market) => self.markets.push(market),
            LoggedEvent::Poll(rows) => {
                self.show(&rows)?;
                self.event = seq;
            }
            _ => {}
        }
        Ok(())
    }

    fn show(&mut self, rows: &Quotes) -> Result<(), String> {
        let books = self.books.as_mut();
        let (positions, fills) = books.map_or_else(Default::default, |books| (books.positions(), books.take_fills()));
        let batch = Batch { markets: &self.markets, quotes: rows.all(), positions: &positions, fills: &fills };
        let answer = self.instance.on_batch(&batch, &mut self.decisions);
        answer.map_err(|fault| format!("it failed on the polls since: {}", fault.message))?;
        self.markets.clear();
        self.polls += 1;
        Ok(())
    }

    fn end(mut self, kept: &KeptState, is_of_another: bool) -> Result<Comeback, String> {
        let state: SavedState = match self.polls {
            0 => kept.state.clone(),
            _ => self.instance.save().map_err(|fault| format!("it does not save its state: {}", fault.message))?,
        };
        let markets: Vec<MarketId> = self.markets.iter().map(|market| market.id).collect();
        let fills = self.books.as_mut().map(SlotBooks::take_fills).unwrap_or_default();
        let resumed = ResumedStrategy { slot: kept.slot, state, markets, fills };
        let CatchUp { event, upto, polls, .. } = self;
        Ok(Comeback { resumed, event, upto, kept: kept.time, is_of_another, polls })
    }
}
