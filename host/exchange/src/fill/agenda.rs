//! What will happen to working orders at known times, soonest first.

use std::collections::BTreeSet;

use host_core::{MarketId, OrderId, Timestamp};

/// What happens. Ends come before answers: an order that ends at a time is not filled at that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DueKind {
    /// The order's time runs out, or its market closes.
    End,
    /// The probabilistic model's verdict arrives.
    Answer,
}

/// Something that happens to an order at a known time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) time: Timestamp,
    pub(super) kind: DueKind,
    pub(super) order: OrderId,
    pub(super) market: MarketId,
}

/// All that is due, in time order.
#[derive(Debug)]
pub(super) struct Agenda {
    dues: BTreeSet<Due>,
    /// The first one's time, kept apart since every row asks for it.
    next: Timestamp,
}

const NEVER: Timestamp = Timestamp(i64::MAX);

impl Agenda {
    pub(super) fn new() -> Self {
        Agenda { dues: BTreeSet::new(), next: NEVER }
    }

    pub(super) fn insert(&mut self, due: Due) {
        self.dues.insert(due);
        self.next = self.next.min(due.time);
    }

    pub(super) fn remove(&mut self, due: Due) {
        self.dues.remove(&due);
        self.next = self.dues.first().map_or(NEVER, |first| first.time);
    }

    /// Whether anything is due at `now`.
    #[inline]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next <= now
    }

    /// Takes out the first of what is due at `now`.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<Due> {
        let first = *self.dues.first().filter(|first| first.time <= now)?;
        self.remove(first);
        Some(first)
    }
}
