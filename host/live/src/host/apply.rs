//! The one way from an event to the wire: step the engine, write everything down in one transaction, then send.

use std::collections::BTreeMap;

use host_core::engine::Effect;
use host_core::risk::Approved;
use host_core::{Event, Fill, Intent, MarketId, Order, OrderId, OrderState, Record, SlotId, VenueEvent};
use host_store::journal::EquityPoints;
use host_store::journal::events::{EventRef, JournalStep};
use host_store::live::{Commit, Ending, LiveFill, PositionRow, Sent};
use host_venues::model::VenueFill;

use super::LiveHost;
use crate::error::{LiveError, Result};
use crate::notice::Notice;
use crate::orders::TrackedOrder;
use crate::requests::PreparedOrder;
use crate::swap::SWAPPED_IN;

/// The effects of one step of the engine, by kind.
#[derive(Default)]
struct StepEffects {
    records: Vec<Record>,
    orders: Vec<Approved<Order>>,
    cancels: Vec<OrderId>,
}

impl StepEffects {
    fn of(effects: Vec<Effect>) -> StepEffects {
        let mut sorted = StepEffects::default();
        for effect in effects {
            match effect {
                Effect::Record(record) => sorted.records.push(record),
                Effect::Place(order) => sorted.orders.push(order),
                Effect::Cancel(order) => sorted.cancels.push(order),
            }
        }
        sorted
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.orders.is_empty() && self.cancels.is_empty()
    }
}

/// An order on its way to the disk, and then out.
struct Outgoing {
    /// `None` if the kill switch was engaged: then it does not leave.
    request: Option<PreparedOrder>,
    /// The engagements of the kill switch when it was approved.
    engagements: u64,
}

/// Returns the places of `orders` in the order in which they leave: exits before entries, and of each the first of
/// every slot before the second of any, so that a slot that wants many lets the others wait for one.
fn by_turns(orders: &[Order]) -> Vec<usize> {
    let mut turns = BTreeMap::<(SlotId, bool), usize>::new();
    let turn = |order: &Order| {
        let is_entry = order.intent == Intent::Entry;
        let turn = turns.entry((order.slot, is_entry)).or_default();
        *turn += 1;
        (is_entry, *turn)
    };
    let turns: Vec<(bool, usize)> = orders.iter().map(turn).collect();
    let mut places: Vec<usize> = (0..orders.len()).collect();
    places.sort_by_key(|place| turns[*place]);
    places
}

/// Rows that go with events into their transaction.
#[derive(Default)]
struct CommitExtras {
    fill: Option<LiveFill>,
    ending: Option<Ending>,
    /// The positions that the events may change.
    touched: Vec<(SlotId, MarketId)>,
}

impl LiveHost {
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
        self.apply_with(&[event], CommitExtras { touched, ..CommitExtras::default() })
    }

    /// Tells the engine several events at once, in order, and does what follows from them.
    ///
    /// # Errors
    /// As [`LiveHost::apply`].
    pub(super) fn apply_all(&mut self, events: &[EventRef<'_>]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        self.apply_with(events, CommitExtras::default())
    }

    /// Books a fill.
    ///
    /// # Errors
    /// As [`LiveHost::apply`].
    pub(super) fn apply_fill(&mut self, order: OrderId, fill: &VenueFill) -> Result<()> {
        let &VenueFill { price, qty, cost, fee, taker, .. } = fill;
        // A venue's clock that is ahead must not carry the engine into the future: every quote there would be stale.
        let time = fill.time.min(self.requests.latest().max(self.engine.now()));
        let booked = Fill { order, time, price, qty, cost, fee, taker };
        let event = VenueEvent::Filled(booked);
        let touched =
            self.orders.get(order).map(|tracked| (tracked.order.slot, tracked.order.market)).into_iter().collect();
        let fill = Some(LiveFill { venue_id: fill.id.clone(), fill: booked });
        // Before anything is sent: there is nothing left of it that a cancel could be for.
        if self.orders.get(order).is_some_and(|tracked| tracked.filled >= tracked.order.qty) {
            self.orders.forget(order);
        }
        self.apply_with(&[EventRef::Venue(&event)], CommitExtras { fill, touched, ending: None })
    }

    /// Ends an order otherwise than by a full fill.
    ///
    /// # Errors
    /// As [`LiveHost::apply`].
    pub(super) fn apply_end(&mut self, order: OrderId, state: OrderState, reason: String) -> Result<()> {
        let told = match state {
            // What never was at the venue was not rejected by it: such orders must not add up to its error rate, or a
            // host that dies with many on their way would come back halted.
            OrderState::Cancelled | OrderState::NotPlaced => OrderState::Cancelled,
            OrderState::Expired => OrderState::Expired,
            _ => OrderState::Rejected,
        };
        let event = VenueEvent::Closed { order, time: self.now(), state: told, reason: reason.clone() };
        let ending = Some(Ending { order, state, reason });
        self.orders.forget(order);
        self.apply_with(&[EventRef::Venue(&event)], CommitExtras { ending, ..CommitExtras::default() })
    }

    fn apply_with(&mut self, events: &[EventRef<'_>], extras: CommitExtras) -> Result<()> {
        let mut equity = EquityPoints::default();
        let effects: Vec<StepEffects> = events.iter().map(|event| self.step(*event, &mut equity)).collect();
        let CommitExtras { fill, ending, touched } = extras;
        // A command can change the engine and have no effect yet, as a change of capital does.
        let is_command = events.iter().any(|event| matches!(event, EventRef::Command(_)));
        let changed = is_command || !effects.iter().all(StepEffects::is_empty) || fill.is_some() || ending.is_some();
        let snapshot = if changed { Some(self.engine_as_text()?) } else { None };
        let steps = events.iter().zip(&effects).map(|(event, effects)| JournalStep {
            event: *event,
            records: &effects.records,
            cancels: &effects.cancels,
        });
        let steps: Vec<JournalStep<'_>> = steps.collect();
        let placed: Vec<&Approved<Order>> = effects.iter().flat_map(|effects| &effects.orders).collect();
        let orders: Vec<Order> = placed.iter().map(|order| order.as_ref().clone()).collect();
        // Signing takes time as well: what leaves first is signed first.
        let outgoing: Vec<(usize, Outgoing)> =
            by_turns(&orders).into_iter().map(|place| (place, self.prepare(placed[place]))).collect();
        let positions: Vec<PositionRow> =
            touched.into_iter().map(|(slot, market)| self.position(slot, market)).collect();
        let swapped_in = self.note_swaps(effects.iter().flat_map(|effects| &effects.records))?;
        let commit = Commit {
            time: self.now(),
            steps: &steps,
            orders: &orders,
            fills: fill.as_slice(),
            endings: ending.as_slice(),
            positions: &positions,
            equity: equity.as_slice(),
            snapshot: snapshot.as_deref(),
            meta: swapped_in.as_deref().map(|text| (SWAPPED_IN, text)),
        };
        let sent = self.journal.commit(&commit)?;
        // All are tracked before any leaves: what follows from one may cancel another.
        for sent in &sent {
            let tracked = TrackedOrder::sent(sent.body().clone(), sent.ticker(), sent.client_order_id());
            self.orders.take_on(tracked);
        }
        let first = self.journal.events() - events.len() as i64 + 1;
        for ((seq, event), effects) in (first..).zip(events).zip(&effects) {
            self.shadows.note(seq, *event, &effects.records);
            self.report(&effects.records);
        }
        let mut sent: BTreeMap<usize, Sent> = sent.into_iter().enumerate().collect();
        for (place, outgoing) in outgoing {
            if let Some(sent) = sent.remove(&place) {
                self.send(outgoing, sent)?;
            }
        }
        for StepEffects { cancels, .. } in effects {
            cancels.into_iter().for_each(|order| self.orders.want_cancel(order));
        }
        self.send_cancels()
    }

    /// Begins to prepare the request of an approved order, unless the kill switch is engaged. It is signed while the
    /// order is written down.
    fn prepare(&self, order: &Approved<Order>) -> Outgoing {
        let order: &Order = order.as_ref();
        let kill = self.operator.kill_switch();
        let engagements = kill.engagements();
        let ticker = self.feed.markets().ticker(order.market);
        let client_order_id = self.journal.client_order_id(order, ticker).filter(|_| !kill.is_engaged());
        Outgoing { request: client_order_id.map(|id| self.requests.prepare(order, ticker, id)), engagements }
    }

    /// Steps the engine, and notes the equity in `equity`.
    fn step(&mut self, event: EventRef<'_>, equity: &mut EquityPoints) -> StepEffects {
        let mut effects = Vec::new();
        if let EventRef::Swap(swap) = event
            && let Some(newcomer) = self.swaps.take_newcomer()
        {
            let times = (swap.time, swap.until);
            self.engine.swap(swap.slot, newcomer, times, swap.reason.clone(), &mut effects);
        }
        if let Some(event) = engine_event(event) {
            let has_time = !matches!(event, Event::Market(_) | Event::Command(_));
            self.engine.step(event, &mut effects);
            if has_time {
                equity.note(self.engine.now(), self.engine.portfolio().equity());
            }
        }
        StepEffects::of(effects)
    }

    /// Sends an approved order that is on disk: the only way out. The kill switch is looked at here,
    /// and once more when the order leaves.
    fn send(&mut self, outgoing: Outgoing, sent: Sent) -> Result<()> {
        let kill = self.operator.kill_switch().clone();
        match outgoing {
            Outgoing { request: Some(request), engagements } if !kill.is_engaged() => {
                self.requests.create(request, sent, kill, engagements);
                Ok(())
            }
            _ => self.apply_end(sent.order(), OrderState::NotPlaced, "the kill switch is engaged".to_owned()),
        }
    }

    /// Sends the cancels that can be sent.
    ///
    /// # Errors
    /// They could not be written down.
    pub(super) fn send_cancels(&mut self) -> Result<()> {
        let due = self.orders.take_cancels(self.requests.now());
        let orders: Vec<OrderId> = due.iter().map(|(order, _)| *order).collect();
        self.journal.cancels_sent(&orders, self.now())?;
        due.into_iter().for_each(|(order, venue_id)| self.requests.cancel(order, venue_id));
        Ok(())
    }

    fn position(&self, slot: SlotId, market: MarketId) -> PositionRow {
        let ticker = self.feed.markets().ticker(market).to_owned();
        let held = self.engine.portfolio().position(slot, market);
        let (qty, cost) = held.map_or_else(Default::default, |position| (position.qty, position.cost));
        PositionRow { slot, ticker, qty, cost }
    }

    pub(super) fn engine_as_text(&self) -> Result<String> {
        serde_json::to_string(&self.engine.snapshot()).map_err(LiveError::StateNotWritten)
    }

    /// Keeps the engine's state, so that a restart begins with it.
    ///
    /// # Errors
    /// As [`LiveHost::apply`].
    pub(super) fn keep_snapshot(&mut self) -> Result<()> {
        let snapshot = self.engine_as_text()?;
        let time = self.now();
        self.journal.keep_snapshot(&snapshot, time)
    }

    /// Counts records and publishes what people care about.
    fn report(&mut self, records: &[Record]) {
        let now = self.now();
        for record in records {
            self.counts.count(record);
            self.day.count(record, now);
            self.refusals.count(record);
            if let Record::Fault { slot, .. } | Record::Restarted { slot, .. } = record {
                self.swaps.note_fault(*slot);
            }
        }
        let (markets, engine) = (self.feed.markets(), &self.engine);
        let notices = records.iter().filter_map(|record| Notice::of_record(record, now, markets, engine));
        notices.for_each(|notice| self.notices.publish(notice));
    }
}

/// Returns the event as the engine takes it; `None` for what only the journal has.
fn engine_event(event: EventRef<'_>) -> Option<Event<'_>> {
    match event {
        EventRef::Market(market) => Some(Event::Market(market)),
        EventRef::Poll(rows) => Some(Event::Poll(rows)),
        EventRef::Venue(event) => Some(Event::Venue(event)),
        EventRef::Settled(settlement) => Some(Event::Settled(settlement)),
        EventRef::Command(command) => Some(Event::Command(command)),
        EventRef::Start(_)
        | EventRef::Preview(_)
        | EventRef::Tape { .. }
        | EventRef::NextPolls { .. }
        | EventRef::WarmUp(_)
        | EventRef::Resumed(_)
        | EventRef::Swap(_)
        | EventRef::Shadow(_)
        | EventRef::Finish => None,
    }
}

#[cfg(test)]
mod tests {
    use host_core::{Price, Qty, Side, TimeInForce, Timestamp};

    use super::*;

    #[test]
    fn slots_take_turns_and_exits_come_first() {
        let order = |id: u64, slot, intent| Order {
            id: OrderId(id),
            slot: SlotId(slot),
            market: MarketId(0),
            side: Side::Buy,
            price: Price(5_000),
            qty: Qty::contracts(1),
            time_in_force: TimeInForce::ImmediateOrCancel,
            intent,
            created: Timestamp(0),
            arrival_mid_doubled: 10_000,
        };
        use Intent::{Entry, Exit};
        let orders = [(0, Entry), (0, Entry), (0, Exit), (0, Entry), (1, Entry), (0, Exit), (1, Exit), (1, Entry)];
        let orders: Vec<Order> = (0..).zip(orders).map(|(id, (slot, intent))| order(id, slot, intent)).collect();
        assert_eq!(by_turns(&orders), [2, 6, 5, 0, 4, 1, 7, 3]);
    }
}
