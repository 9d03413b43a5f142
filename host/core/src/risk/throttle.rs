//! How often: messages per minute, repeats of the same entry, and rounds of order, fill, order again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::money::{Price, Qty};
use crate::order::{Order, OrderId, Side};
use crate::strategy::SlotId;
use crate::time::{Span, Timestamp};

const MINUTE: Span = Span::minutes(1);

/// Times of the orders and cancels of the last minute. Memory is bounded by the messages of one minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Messages(VecDeque<Timestamp>);

impl Messages {
    pub fn push(&mut self, now: Timestamp) {
        self.forget(now);
        self.0.push_back(now);
    }

    /// How many left within the minute before `now`.
    pub fn count(&mut self, now: Timestamp) -> usize {
        self.forget(now);
        self.0.len()
    }

    fn forget(&mut self, now: Timestamp) {
        while self.0.front().is_some_and(|&time| now - time >= MINUTE) {
            self.0.pop_front();
        }
    }
}

/// What makes two entries the same.
type Likeness = (SlotId, crate::market::MarketId, Side, Price, Qty);

/// The entries of the last moments, to tell duplicates. Bounded by the message throttle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recent {
    entries: VecDeque<(Timestamp, Likeness)>,
    last: Option<OrderId>,
}

impl Recent {
    /// Notes an order's number, and the entry itself.
    pub fn push(&mut self, now: Timestamp, order: &Order, entry: bool) {
        self.last = self.last.max(Some(order.id));
        if entry {
            self.entries.push_back((now, likeness(order)));
        }
    }

    /// The highest number used, if `order`'s is not above it: numbers count up and are never reused.
    pub fn reused(&self, order: &Order) -> Option<OrderId> {
        self.last.filter(|&last| order.id <= last)
    }

    /// How long ago the same entry left, if within `window`.
    pub fn age(&mut self, now: Timestamp, order: &Order, window: Span) -> Option<Span> {
        while self.entries.front().is_some_and(|&(time, _)| now - time >= window) {
            self.entries.pop_front();
        }
        let same = self.entries.iter().rev().find(|(_, other)| *other == likeness(order));
        same.map(|&(time, _)| now - time)
    }
}

fn likeness(order: &Order) -> Likeness {
    (order.slot, order.market, order.side, order.price, order.qty)
}

/// How often each strategy ordered again after a fill. No timer re-enables one that did so too often.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Rounds(Vec<SlotRounds>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotRounds {
    /// UTC day that `count` is of.
    day: i64,
    count: u32,
    /// Whether an entry was filled since the last one left.
    filled: bool,
    disabled: bool,
}

impl Rounds {
    fn slot(&mut self, slot: SlotId) -> &mut SlotRounds {
        let at = usize::from(slot.0);
        if at >= self.0.len() {
            self.0.resize(at + 1, SlotRounds::default());
        }
        &mut self.0[at]
    }

    /// The number of rounds that an entry of `slot` at `now` would make today; disables the strategy beyond `limit`.
    pub fn next(&mut self, slot: SlotId, now: Timestamp, limit: u32) -> u32 {
        let rounds = self.slot(slot);
        if rounds.day != now.day() {
            (rounds.day, rounds.count) = (now.day(), 0);
        }
        let next = rounds.count + u32::from(rounds.filled);
        rounds.disabled |= next > limit;
        if rounds.disabled { next.max(limit.saturating_add(1)) } else { next }
    }

    /// An entry left.
    pub fn on_entry(&mut self, slot: SlotId) {
        let rounds = self.slot(slot);
        rounds.count += u32::from(rounds.filled);
        rounds.filled = false;
    }

    /// An entry was filled.
    pub fn on_fill(&mut self, slot: SlotId) {
        self.slot(slot).filled = true;
    }

    /// A person lets all strategies start anew.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
