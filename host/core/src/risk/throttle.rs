//! Limits on frequency: messages per minute, duplicate entries, and repeated executions.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::market::MarketId;
use crate::money::{Price, Qty};
use crate::order::{Order, OrderId, Side};
use crate::strategy::SlotId;
use crate::time::{Span, Timestamp};

const MINUTE: Span = Span::minutes(1);

/// Send times of the orders and cancels of the last minute. Memory is bounded by the messages of one minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct MessageWindow(VecDeque<Timestamp>);

impl MessageWindow {
    pub fn push(&mut self, now: Timestamp) {
        self.drop_old(now);
        self.0.push_back(now);
    }

    /// Returns the number of messages sent within the minute before `now`.
    pub fn count(&mut self, now: Timestamp) -> usize {
        self.drop_old(now);
        self.0.len()
    }

    /// Returns the number of messages that are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets the messages that were sent a minute or more before `now`.
    pub fn drop_old(&mut self, now: Timestamp) {
        while self.0.front().is_some_and(|&time| now - time >= MINUTE) {
            self.0.pop_front();
        }
    }
}

/// The fields that make two entries duplicates of each other.
type EntryKey = (SlotId, MarketId, Side, Price, Qty);

/// The latest entries, to detect duplicates. Bounded by the message throttle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecentEntries {
    entries: VecDeque<(Timestamp, EntryKey)>,
    /// The highest order number used so far.
    last: Option<OrderId>,
}

impl RecentEntries {
    /// Remembers an order's number and, if it is an `entry`, the entry itself.
    pub fn push(&mut self, now: Timestamp, order: &Order, entry: bool) {
        self.last = self.last.max(Some(order.id));
        if entry {
            self.entries.push_back((now, entry_key(order)));
        }
    }

    /// Returns the highest number used if `order`'s number is not above it: numbers count up and are never reused.
    pub fn reused(&self, order: &Order) -> Option<OrderId> {
        self.last.filter(|&last| order.id <= last)
    }

    /// Returns the time since the same entry was sent, if that is within `window`.
    pub fn age(&mut self, now: Timestamp, order: &Order, window: Span) -> Option<Span> {
        while self.entries.front().is_some_and(|&(time, _)| now - time >= window) {
            self.entries.pop_front();
        }
        let same = self.entries.iter().rev().find(|(_, other)| *other == entry_key(order));
        same.map(|&(time, _)| now - time)
    }
}

fn entry_key(order: &Order) -> EntryKey {
    (order.slot, order.market, order.side, order.price, order.qty)
}

/// Counts each strategy's repeated executions: cycles of order, fill, order again. A strategy that exceeds the limit is
/// disabled, and no timer enables it again (RTS 6 art. 15(3)).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct RepeatedExecutions(Vec<SlotExecutions>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotExecutions {
    /// UTC day that `count` belongs to, in days since the epoch.
    day: i64,
    count: u32,
    /// True if an entry was filled since the last one was sent.
    filled: bool,
    disabled: bool,
}

impl RepeatedExecutions {
    fn slot(&mut self, slot: SlotId) -> &mut SlotExecutions {
        let at = usize::from(slot.0);
        if at >= self.0.len() {
            self.0.resize(at + 1, SlotExecutions::default());
        }
        &mut self.0[at]
    }

    /// Returns the day's count if `slot` sent an entry at `now`, and disables the strategy if that exceeds `limit`.
    pub fn next(&mut self, slot: SlotId, now: Timestamp, limit: u32) -> u32 {
        let executions = self.slot(slot);
        if executions.day != now.day() {
            (executions.day, executions.count) = (now.day(), 0);
        }
        let next = executions.count + u32::from(executions.filled);
        executions.disabled |= next > limit;
        if executions.disabled { next.max(limit.saturating_add(1)) } else { next }
    }

    /// Counts an entry that was sent.
    pub fn on_entry(&mut self, slot: SlotId) {
        let executions = self.slot(slot);
        executions.count += u32::from(executions.filled);
        executions.filled = false;
    }

    /// Remembers that an entry was filled.
    pub fn on_fill(&mut self, slot: SlotId) {
        self.slot(slot).filled = true;
    }

    /// Enables the strategy in `slot` and resets its count, as a person's resume of it demands.
    pub fn clear_slot(&mut self, slot: SlotId) {
        *self.slot(slot) = SlotExecutions::default();
    }

    /// Enables all strategies and resets their counts, as the operator's resume demands.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
