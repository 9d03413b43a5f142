//! Events scheduled for working orders, earliest first.

use std::collections::BTreeSet;

use host_core::{MarketId, OrderId, Timestamp};

/// Kind of a scheduled event. Ends sort before all others: an order that ends at a time is not filled at that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ScheduledKind {
    /// The order expires, or its market closes.
    End,
    /// The host's cancel reaches the venue.
    Cancel,
    /// The order reaches the venue.
    Join,
    /// The coin's outcome arrives.
    Outcome,
}

/// An event scheduled for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ScheduledEvent {
    pub(super) time: Timestamp,
    pub(super) kind: ScheduledKind,
    pub(super) order: OrderId,
    pub(super) market: MarketId,
}

/// All scheduled events, in time order.
#[derive(Debug)]
pub(super) struct OrderSchedule {
    events: BTreeSet<ScheduledEvent>,
    /// Time of the first event, cached because every row asks for it.
    next: Timestamp,
}

const NEVER: Timestamp = Timestamp(i64::MAX);

impl OrderSchedule {
    pub(super) fn new() -> Self {
        OrderSchedule { events: BTreeSet::new(), next: NEVER }
    }

    pub(super) fn insert(&mut self, event: ScheduledEvent) {
        self.events.insert(event);
        self.next = self.next.min(event.time);
    }

    pub(super) fn remove(&mut self, event: ScheduledEvent) {
        self.events.remove(&event);
        self.next = self.events.first().map_or(NEVER, |first| first.time);
    }

    /// Returns true if an event is due at `now`.
    #[inline]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next <= now
    }

    /// Removes and returns the first event due at `now`.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<ScheduledEvent> {
        let first = *self.events.first().filter(|first| first.time <= now)?;
        self.remove(first);
        Some(first)
    }
}
