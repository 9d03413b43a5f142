//! The order tracker: the state of each order of this host at the venue, and what the venue's answers mean for it.
//!
//! It holds only orders that have not ended. It decides nothing about money and does no I/O: answers go in,
//! [`OrderUpdate`]s come out, in the order in which they must be written down. It never takes silence for an answer: an
//! order of which nothing is known stays unknown, and counts, until the venue has shown it or has had [`GRACE`] to do
//! so.

mod tracked_order;
mod update;

use std::collections::{BTreeMap, HashMap};

use host_core::OrderState;
use host_core::{OrderId, Span, TimeInForce, Timestamp};
use host_venues::error::{CancelError, PlaceError};
use host_venues::model::{Accepted, UnreadableRow, VenueFill, VenueOrder};

pub use tracked_order::TrackedOrder;
pub use update::OrderUpdate;

/// The time that an order which was sent may take to show up at the venue: only then "not found" means "never placed".
pub const GRACE: Span = Span::seconds(90);

/// The number of looks after that which must not find it: one list may lack a row.
const LOOKS: u32 = 2;

/// The orders that have not ended.
#[derive(Debug, Default)]
pub struct OrderTracker {
    orders: BTreeMap<OrderId, TrackedOrder>,
    by_venue_id: HashMap<String, OrderId>,
    by_client_id: HashMap<String, OrderId>,
}

impl OrderTracker {
    /// Takes on an order that is about to be sent, or that a former session sent.
    pub fn take_on(&mut self, tracked: TrackedOrder) {
        let id = tracked.order.id;
        self.by_client_id.insert(tracked.client_order_id.clone(), id);
        if let Some(venue_id) = tracked.venue_id() {
            self.by_venue_id.insert(venue_id.to_owned(), id);
        }
        self.orders.insert(id, tracked);
    }

    /// Returns an order, unless it has ended.
    pub fn get(&self, id: OrderId) -> Option<&TrackedOrder> {
        self.orders.get(&id)
    }

    /// Returns the orders by number.
    pub fn iter(&self) -> impl Iterator<Item = &TrackedOrder> {
        self.orders.values()
    }

    pub fn len(&self) -> usize {
        self.orders.len()
    }

    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Returns the number of orders whose outcome is not known.
    pub fn unknown(&self) -> usize {
        self.iter().filter(|tracked| tracked.unknown_since().is_some()).count()
    }

    /// Returns the earliest time from which looks say of an unknown order that it was never placed.
    pub fn grace_ends(&self) -> Option<Timestamp> {
        self.graces().min()
    }

    /// Returns the time from which looks can say of all orders what became of them.
    pub fn knowable(&self) -> Option<Timestamp> {
        self.graces().max()
    }

    fn graces(&self) -> impl Iterator<Item = Timestamp> {
        self.iter().filter_map(|tracked| tracked.unseen_since()).map(|since| since + GRACE)
    }

    /// Returns true if an order is on its way.
    pub fn has_sent(&self) -> bool {
        self.iter().any(TrackedOrder::is_sent)
    }

    /// Returns the time when the oldest order was made.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.iter().map(|tracked| tracked.order.created).min()
    }

    /// Returns the venue's ids of the orders that it has acknowledged.
    pub fn venue_ids(&self) -> impl Iterator<Item = &str> {
        self.iter().filter_map(TrackedOrder::venue_id)
    }

    /// Removes an order: it was filled in full, or it ended.
    pub fn forget(&mut self, id: OrderId) {
        let Some(tracked) = self.orders.remove(&id) else { return };
        self.by_client_id.remove(&tracked.client_order_id);
        if let Some(venue_id) = tracked.venue_id() {
            self.by_venue_id.remove(venue_id);
        }
    }

    /// The order is to be cancelled.
    pub fn want_cancel(&mut self, id: OrderId) {
        if let Some(tracked) = self.orders.get_mut(&id) {
            tracked.want_cancel();
        }
    }

    /// Returns the cancels that can be sent at `now`, each with the venue's id; they count as on their way from here
    /// on.
    pub fn take_cancels(&mut self, now: Timestamp) -> Vec<(OrderId, String)> {
        let mut due = Vec::new();
        for (id, tracked) in &mut self.orders {
            if tracked.cancel_due().is_some_and(|from| now >= from)
                && let Some(venue_id) = tracked.venue_id()
            {
                due.push((*id, venue_id.to_owned()));
                tracked.cancel_sent();
            }
        }
        due
    }

    /// Returns the time when the next cancel can be sent, if one waits.
    pub fn next_cancel(&self) -> Option<Timestamp> {
        self.iter().filter_map(TrackedOrder::cancel_due).min()
    }

    /// Takes the answer to a cancel. The next look shows that it worked; if it failed, it is sent again after a pause.
    pub fn on_cancelled(&mut self, id: OrderId, answer: &Result<(), CancelError>, now: Timestamp) {
        let worked = matches!(answer, Ok(()) | Err(CancelError::Gone));
        if let Some(tracked) = self.orders.get_mut(&id).filter(|_| !worked) {
            tracked.cancel_failed(now);
        }
    }

    /// Takes the answer to an order.
    pub fn on_created(
        &mut self,
        id: OrderId,
        answer: Result<Accepted, PlaceError>,
        now: Timestamp,
    ) -> Vec<OrderUpdate> {
        let Some(tracked) = self.orders.get_mut(&id) else { return Vec::new() };
        if !tracked.is_sent() {
            // A look at the venue was quicker than the answer.
            return Vec::new();
        }
        let ended = |state: OrderState, reason: String| vec![OrderUpdate::Ended { order: id, state, reason }];
        match answer {
            Ok(accepted) => {
                let over = accepted.filled.is_zero() && accepted.remaining.is_zero();
                let mut updates = self.acknowledge(id, &accepted.order_id);
                if over {
                    updates.extend(ended(OrderState::Cancelled, "nothing to trade with at the limit".to_owned()));
                }
                updates
            }
            Err(PlaceError::NotPlaced(reason)) => ended(OrderState::NotPlaced, reason),
            // A venue that is out of reach, or has had enough requests, has rejected nothing.
            Err(error @ (PlaceError::Unreachable(_) | PlaceError::Throttled(_))) => {
                ended(OrderState::NotPlaced, error.to_string())
            }
            Err(error @ PlaceError::Rejected { .. }) => ended(OrderState::Rejected, error.to_string()),
            Err(PlaceError::OutcomeUnknown(reason)) => {
                tracked.set_unknown(now);
                vec![OrderUpdate::Unknown { order: id, reason }]
            }
        }
    }

    fn acknowledge(&mut self, id: OrderId, venue_id: &str) -> Vec<OrderUpdate> {
        let other = self.by_venue_id.get(venue_id).copied().filter(|other| *other != id);
        let Some(tracked) = self.orders.get_mut(&id).filter(|tracked| !tracked.is_at_venue()) else {
            return Vec::new();
        };
        if let Some(other) = other {
            let reason = format!("the venue shows it under the id of order {}, {venue_id}", other.0);
            tracked.set_obscured(true);
            return tracked.lose_sight(tracked.order.created, reason).into_iter().collect();
        }
        if tracked.has_refused(venue_id) {
            tracked.set_obscured(true);
            return Vec::new();
        }
        tracked.acknowledge(venue_id.to_owned());
        self.by_venue_id.insert(venue_id.to_owned(), id);
        vec![OrderUpdate::Acknowledged { order: id, venue_id: venue_id.to_owned() }]
    }

    /// Takes orders as the venue lists them: unknown ones are found by their client order id.
    pub fn on_found(&mut self, orders: &[VenueOrder]) -> Vec<OrderUpdate> {
        let mut updates = Vec::new();
        for order in orders {
            let Some(&id) = self.by_client_id.get(&order.client_order_id) else { continue };
            // Another order under our id is none of ours; that the books differ will be seen.
            let ours = |tracked: &TrackedOrder| tracked.ticker == order.ticker && tracked.order.side == order.side;
            if self.get(id).is_some_and(ours) {
                updates.extend(self.acknowledge(id, &order.order_id));
            }
        }
        updates
    }

    /// Takes the rows of a look's list of orders that cannot be read, before those that can. An order that is named by
    /// one becomes unknown, and is looked up until it can be read; none is taken for missing while a row may be its.
    pub fn on_unreadable(&mut self, rows: &[UnreadableRow], now: Timestamp) -> Vec<OrderUpdate> {
        let is_any_nameless = rows.iter().any(|row| row.id.is_empty() && row.client_order_id.is_empty());
        let mut updates = Vec::new();
        for tracked in self.orders.values_mut() {
            let row = rows.iter().find(|row| tracked.is_named_by(row));
            tracked.set_obscured(is_any_nameless || row.is_some());
            if let Some(row) = row
                && !tracked.is_sent()
            {
                let reason = format!("it cannot be read at the venue: {}", row.reason);
                updates.extend(tracked.lose_sight(now, reason));
            }
        }
        updates
    }

    /// Takes the fact that the venue's id of an order, which was acknowledged, is that of another one.
    pub fn on_strange_id(&mut self, id: OrderId, now: Timestamp) {
        let refused = self.orders.get_mut(&id).and_then(|tracked| tracked.refuse_id(now));
        refused.map(|venue_id| self.by_venue_id.remove(&venue_id));
    }

    /// Takes the fact that the venue has filled an order, before the fill itself: it is at the venue.
    pub fn on_filled(&mut self, fill: &VenueFill) -> Vec<OrderUpdate> {
        let id = self.by_venue_id.get(&fill.order_id).copied();
        id.map_or_else(Vec::new, |id| self.acknowledge(id, &fill.order_id))
    }

    /// Takes a fill that was not booked before; `None` if its order is not known.
    pub fn on_fill(&mut self, fill: &VenueFill) -> Option<OrderUpdate> {
        let id = self.by_venue_id.get(&fill.order_id).copied()?;
        let tracked = self.orders.get_mut(&id)?;
        tracked.filled += fill.qty;
        Some(OrderUpdate::Filled { order: id, fill: fill.clone() })
    }

    /// Takes what a whole look at the venue, begun at `asked`, says about the ends of orders. Fills that it brought
    /// must have been booked before. `orders` are all of the account since the oldest order here was made.
    pub fn on_look(&mut self, orders: &[VenueOrder], asked: Timestamp, now: Timestamp) -> Vec<OrderUpdate> {
        let seen: HashMap<&str, &VenueOrder> = orders.iter().map(|order| (order.order_id.as_str(), order)).collect();
        let mut updates = Vec::new();
        for (&id, tracked) in &mut self.orders {
            if let Some(order) = tracked.venue_id().and_then(|venue_id| seen.get(venue_id)) {
                updates.extend(tracked.on_shown(order, now));
            }
            let is_missing = tracked.unseen_since().is_some_and(|since| asked >= since + GRACE);
            if is_missing && tracked.count_miss() >= LOOKS {
                let reason = format!("the venue does not know it {GRACE} after it was sent");
                updates.push(OrderUpdate::Ended { order: id, state: OrderState::NotPlaced, reason });
            }
        }
        updates
    }

    /// Returns the orders that should have ended by themselves so long before a look began at `asked` that its list
    /// need not have them, each with the venue's id: they are requested one by one.
    pub fn overdue(&self, asked: Timestamp) -> Vec<(OrderId, String)> {
        let is_overdue = |tracked: &&TrackedOrder| match tracked.order.time_in_force {
            TimeInForce::GoodTill(end) => asked >= end + GRACE,
            TimeInForce::ImmediateOrCancel => asked >= tracked.order.created + GRACE,
        };
        let overdue = self.iter().filter(is_overdue);
        overdue.filter_map(|tracked| Some((tracked.order.id, tracked.venue_id()?.to_owned()))).collect()
    }

    /// Takes what the venue says of one order that was requested; `None` if the venue does not know it.
    pub fn on_one(&mut self, id: OrderId, order: Option<&VenueOrder>, now: Timestamp) -> Option<OrderUpdate> {
        let tracked = self.orders.get_mut(&id)?;
        match order {
            Some(order) => tracked.on_shown(order, now),
            None => {
                let reason = "the venue does not know it any more".to_owned();
                Some(OrderUpdate::Ended { order: id, state: OrderState::Cancelled, reason })
            }
        }
    }
}

#[cfg(test)]
mod tests;
