//! The one way from an event to the wire: step the engine, write everything down in one transaction, then send.

use host_core::engine::Effect;
use host_core::risk::Approved;
use host_core::{Event, Fill, MarketId, Order, OrderId, OrderState, Record, SlotId, VenueEvent};
use host_store::journal::events::{EventRef, JournalStep};
use host_store::live::{Commit, Ending, LiveError, LiveFill, OutboxState, PositionRow};
use host_store::recording::{Recording, RecordingError};
use host_venues::model::VenueFill;

use super::desk::{Desked, Standing};
use super::shell::Shell;
use crate::error::{Kind, Report, Result};

/// What a step of the engine asks for.
#[derive(Default)]
struct Asked {
    records: Vec<Record>,
    orders: Vec<Approved<Order>>,
    cancels: Vec<OrderId>,
}

impl Asked {
    fn of(effects: Vec<Effect>) -> Asked {
        let mut asked = Asked::default();
        for effect in effects {
            match effect {
                Effect::Record(record) => asked.records.push(record),
                Effect::Place(order) => asked.orders.push(order),
                Effect::Cancel(order) => asked.cancels.push(order),
            }
        }
        asked
    }

    fn is_nothing(&self) -> bool {
        self.records.is_empty() && self.orders.is_empty() && self.cancels.is_empty()
    }
}

/// What goes with an event into its transaction.
#[derive(Default)]
struct Along {
    fill: Option<LiveFill>,
    ending: Option<Ending>,
    /// Positions that the event may change.
    touched: Vec<(SlotId, MarketId)>,
}

impl Shell {
    /// Tells the engine `event` and does what follows from it.
    ///
    /// # Errors
    /// It could not be written down; then nothing of it was sent.
    pub(super) fn apply(&mut self, event: EventRef<'_>) -> Result<()> {
        let touched = match event {
            EventRef::Settled(settlement) => {
                let holders = self.engine.portfolio().in_market(settlement.market);
                holders.map(|(slot, _)| (slot, settlement.market)).collect()
            }
            _ => Vec::new(),
        };
        self.apply_with(&[event], Along { touched, ..Along::default() })
    }

    /// Tells the engine several events at once, in order, and does what follows from them.
    ///
    /// # Errors
    /// As [`Shell::apply`].
    pub(super) fn apply_all(&mut self, events: &[EventRef<'_>]) -> Result<()> {
        self.apply_with(events, Along::default())
    }

    /// Books a fill.
    ///
    /// # Errors
    /// As [`Shell::apply`].
    pub(super) fn apply_fill(&mut self, order: OrderId, fill: &VenueFill) -> Result<()> {
        let &VenueFill { price, qty, fee, taker, .. } = fill;
        // A venue's clock that is ahead must not carry the engine into the future: every quote there would be stale.
        let time = fill.time.min(self.venue.latest().max(self.engine.now()));
        let booked = Fill { order, time, price, qty, fee, taker };
        let event = VenueEvent::Filled(booked);
        let touched = self.desk.get(order).map(|desked| (desked.order.slot, desked.order.market)).into_iter().collect();
        let fill = Some(LiveFill { venue_id: fill.id.clone(), fill: booked });
        // Before anything is sent: there is nothing left of it that a cancel could be for.
        if self.desk.get(order).is_some_and(|desked| desked.filled >= desked.order.qty) {
            self.desk.forget(order);
        }
        self.apply_with(&[EventRef::Venue(&event)], Along { fill, touched, ending: None })
    }

    /// Ends an order otherwise than by a full fill.
    ///
    /// # Errors
    /// As [`Shell::apply`].
    pub(super) fn apply_end(&mut self, order: OrderId, state: OutboxState, reason: String) -> Result<()> {
        let told = match state {
            // What never was at the venue was not rejected by it: such orders must not add up to its error rate, or a
            // host that dies with many on their way would come back halted.
            OutboxState::Cancelled | OutboxState::NotPlaced => OrderState::Cancelled,
            OutboxState::Expired => OrderState::Expired,
            _ => OrderState::Rejected,
        };
        let event = VenueEvent::Closed { order, time: self.now(), state: told, reason: reason.clone() };
        let ending = Some(Ending { order, state, reason });
        self.desk.forget(order);
        self.apply_with(&[EventRef::Venue(&event)], Along { ending, ..Along::default() })
    }

    fn apply_with(&mut self, events: &[EventRef<'_>], along: Along) -> Result<()> {
        let asked: Vec<Asked> = events.iter().map(|event| self.step(*event)).collect();
        let Along { fill, ending, touched } = along;
        let changed = !asked.iter().all(Asked::is_nothing) || fill.is_some() || ending.is_some();
        let snapshot = if changed { Some(self.engine_as_text()?) } else { None };
        let steps = events.iter().zip(&asked).map(|(event, asked)| JournalStep {
            event: *event,
            records: &asked.records,
            cancels: &asked.cancels,
        });
        let steps: Vec<JournalStep<'_>> = steps.collect();
        let intents: Vec<Order> =
            asked.iter().flat_map(|asked| &asked.orders).map(|order| order.as_ref().clone()).collect();
        let positions: Vec<PositionRow> =
            touched.into_iter().map(|(slot, market)| self.position(slot, market)).collect();
        let commit = Commit {
            time: self.now(),
            steps: &steps,
            intents: &intents,
            fills: fill.as_slice(),
            endings: ending.as_slice(),
            positions: &positions,
            snapshot: snapshot.as_deref(),
        };
        self.store.commit(&commit).map_err(|error| refused_by_store(&error))?;
        for Asked { records, orders, cancels } in asked {
            self.tell(&records);
            for order in orders {
                self.send(&order)?;
            }
            for order in cancels {
                self.desk.want_cancel(order);
            }
        }
        self.send_cancels()
    }

    fn step(&mut self, event: EventRef<'_>) -> Asked {
        let mut effects = Vec::new();
        if let Some(event) = engine_event(event) {
            self.engine.step(event, &mut effects);
        }
        Asked::of(effects)
    }

    /// Sends an approved order that is on disk: the only way out. The kill switch is looked at here,
    /// and once more when the order leaves.
    fn send(&mut self, order: &Approved<Order>) -> Result<()> {
        let order: &Order = order.as_ref();
        let engagements = self.kill.engagements();
        if self.kill.is_engaged() {
            return self.apply_end(order.id, OutboxState::NotPlaced, "the kill switch is engaged".to_owned());
        }
        let sent = self.store.mark_sent(order.id, self.now()).map_err(|error| refused_by_store(&error))?;
        self.desk.take_on(Desked::new(order.clone(), sent.ticker(), sent.client_order_id(), Standing::Sent));
        self.venue.create(sent, self.kill.clone(), engagements);
        Ok(())
    }

    /// Sends the cancels that can be sent.
    ///
    /// # Errors
    /// They could not be written down.
    pub(super) fn send_cancels(&mut self) -> Result<()> {
        for (order, venue_id) in self.desk.take_cancels(self.venue.now()) {
            self.store.cancel_sent(order, self.now()).map_err(|error| refused_by_store(&error))?;
            self.venue.cancel(order, venue_id);
        }
        Ok(())
    }

    fn position(&self, slot: SlotId, market: MarketId) -> PositionRow {
        let ticker = self.markets.ticker(market).to_owned();
        let held = self.engine.portfolio().position(slot, market);
        let (qty, cost) = held.map_or_else(Default::default, |position| (position.qty, position.cost));
        PositionRow { slot, ticker, qty, cost }
    }

    fn engine_as_text(&self) -> Result<String> {
        serde_json::to_string(&self.engine.snapshot())
            .map_err(|error| Report::new(Kind::Internal, "the engine's state cannot be written down").because(error))
    }

    /// Keeps the engine's state, so that a restart begins with it.
    ///
    /// # Errors
    /// As [`Shell::apply`].
    pub(super) fn snapshot(&mut self) -> Result<()> {
        let snapshot = self.engine_as_text()?;
        let time = self.now();
        let nothing = Commit {
            time,
            steps: &[],
            intents: &[],
            fills: &[],
            endings: &[],
            positions: &[],
            snapshot: Some(&snapshot),
        };
        self.store.commit(&nothing).map_err(|error| refused_by_store(&error))?;
        // Only moves what is committed from one file to the other.
        self.store.checkpoint().map_err(|error| refused_by_store(&error))
    }

    /// Writes to the recording.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn record(&mut self, write: impl FnOnce(&mut Recording) -> Result<(), RecordingError>) -> Result<()> {
        write(&mut self.recording).map_err(|error| refused_by_recording(&error))
    }
}

/// What the engine is told; nothing for what only the journal has.
fn engine_event(event: EventRef<'_>) -> Option<Event<'_>> {
    match event {
        EventRef::Market(market) => Some(Event::Market(market)),
        EventRef::Poll(rows) => Some(Event::Poll(rows)),
        EventRef::Venue(event) => Some(Event::Venue(event)),
        EventRef::Settled(settlement) => Some(Event::Settled(settlement)),
        EventRef::Command(command) => Some(Event::Command(command)),
        EventRef::Start(_)
        | EventRef::Preview(_)
        | EventRef::NextPolls { .. }
        | EventRef::WarmUp(_)
        | EventRef::Finish => None,
    }
}

/// For people: the store said no.
pub(super) fn refused_by_store(error: &LiveError) -> Report {
    Report::user("the account's store cannot be written, so nothing more is sent").because_of(error)
}

/// For people: the recording said no.
pub(super) fn refused_by_recording(error: &RecordingError) -> Report {
    Report::user("what was polled cannot be recorded").because_of(error)
}
