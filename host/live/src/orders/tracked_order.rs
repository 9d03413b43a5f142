//! One order that has not ended: its state, its fills, and its cancel.

use host_core::OrderState;
use host_core::{Order, Qty, Span, TimeInForce, Timestamp};
use host_store::live::OutboxRow;
use host_venues::model::{UnreadableRow, VenueOrder};

use super::update::OrderUpdate;

/// Pauses before a cancel that did not work is sent again: the first one, doubled each time up to the second.
const RECANCEL: (Span, Span) = (Span::seconds(1), Span::seconds(10));

/// The state of an order's cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancel {
    No,
    /// To be sent from that time on; `failed` have not worked.
    Wanted {
        from: Timestamp,
        failed: u32,
    },
    InFlight {
        failed: u32,
    },
}

impl Cancel {
    /// One that was sent has not worked, as was seen at `now`.
    fn failed(self, now: Timestamp) -> Cancel {
        let (Cancel::InFlight { failed } | Cancel::Wanted { failed, .. }) = self else { return self };
        let (first, longest) = RECANCEL;
        let pause = Span(first.0 << failed.min(8)).min(longest);
        Cancel::Wanted { from: now + pause, failed: failed + 1 }
    }
}

/// An order that has not ended.
#[derive(Clone, Debug)]
pub struct TrackedOrder {
    /// As the engine made it.
    pub order: Order,
    /// The venue's ticker of its market.
    pub ticker: String,
    /// The id that it was sent under.
    pub client_order_id: String,
    /// The fills that were booked.
    pub filled: Qty,
    /// `Sent`, `Unknown` or `Working`.
    state: OrderState,
    /// The venue's id, once the order works.
    venue_id: Option<String>,
    /// True if the last look showed it, or may have shown it, in a way that says nothing.
    obscured: bool,
    /// The venue's id that the venue gave another order before.
    refused_id: Option<String>,
    /// The time since which its outcome is not known.
    unknown_since: Option<Timestamp>,
    cancel: Cancel,
    /// The number of looks that should have found it and did not.
    missed: u32,
}

impl TrackedOrder {
    /// Tracks an order that is about to be sent.
    pub fn sent(order: Order, ticker: &str, client_order_id: &str) -> TrackedOrder {
        TrackedOrder {
            order,
            ticker: ticker.to_owned(),
            client_order_id: client_order_id.to_owned(),
            filled: Qty::ZERO,
            state: OrderState::Sent,
            venue_id: None,
            obscured: false,
            refused_id: None,
            unknown_since: None,
            cancel: Cancel::No,
            missed: 0,
        }
    }

    /// Tracks an order that a former session sent, as the outbox has it at `now`. Without the venue's id its outcome is
    /// not known.
    pub fn restored(row: OutboxRow, now: Timestamp) -> TrackedOrder {
        let OutboxRow { order, ticker, client_order_id, filled, venue_order_id, unknown_since, .. } = row;
        let mut tracked = TrackedOrder::sent(order, &ticker, &client_order_id);
        tracked.filled = filled;
        match venue_order_id {
            Some(venue_id) => tracked.acknowledge(venue_id),
            None => tracked.set_unknown(unknown_since.unwrap_or(now)),
        }
        tracked
    }

    /// Returns true while no answer has come.
    pub fn is_sent(&self) -> bool {
        self.state == OrderState::Sent
    }

    /// Returns true if the venue has acknowledged the order.
    pub fn is_at_venue(&self) -> bool {
        self.state == OrderState::Working
    }

    /// Returns true if it is to be cancelled, or is being.
    pub fn is_cancel_wanted(&self) -> bool {
        self.cancel != Cancel::No
    }

    /// Returns the venue's id, once the venue has acknowledged the order.
    pub fn venue_id(&self) -> Option<&str> {
        self.venue_id.as_deref()
    }

    /// Returns the time since which the outcome is not known, if it is not.
    pub fn unknown_since(&self) -> Option<Timestamp> {
        self.unknown_since.filter(|_| self.state == OrderState::Unknown)
    }

    /// Returns the time since which the venue has not shown it at all, although it was looked up, if its outcome is not
    /// known.
    pub fn unseen_since(&self) -> Option<Timestamp> {
        self.unknown_since().filter(|_| self.venue_id.is_none() && !self.obscured)
    }

    /// Returns true if `row` names it.
    pub fn is_named_by(&self, row: &UnreadableRow) -> bool {
        let is_venue_id = |id: &String| *id == row.id;
        self.venue_id.as_ref().is_some_and(is_venue_id) || self.client_order_id == row.client_order_id
    }

    /// Notes if a look showed it, or may have shown it, in a way that says nothing.
    pub fn set_obscured(&mut self, obscured: bool) {
        self.obscured = obscured;
    }

    /// The venue shows it in a way that says nothing, since `since`. Returns the update if that is news.
    pub fn lose_sight(&mut self, since: Timestamp, reason: String) -> Option<OrderUpdate> {
        let was_known = self.state != OrderState::Unknown && (self.is_at_venue() || self.venue_id.is_none());
        if was_known {
            self.set_unknown(since);
        }
        was_known.then_some(OrderUpdate::Unknown { order: self.order.id, reason })
    }

    /// The venue's id is that of another order: it is unknown, since `now`, and is not known by that id again. Returns
    /// the id.
    pub fn refuse_id(&mut self, now: Timestamp) -> Option<String> {
        self.set_unknown(now);
        self.obscured = true;
        self.refused_id = self.venue_id.take();
        self.refused_id.clone()
    }

    /// Returns true if `venue_id` is that of another order.
    pub fn has_refused(&self, venue_id: &str) -> bool {
        self.refused_id.as_deref() == Some(venue_id)
    }

    /// Returns the stage of its life for people: `sent`, `unknown`, `resting` or `cancelling`.
    pub fn stage(&self) -> &'static str {
        match self.state {
            OrderState::Sent => "sent",
            OrderState::Unknown => "unknown",
            _ if self.cancel == Cancel::No => "resting",
            _ => "cancelling",
        }
    }

    /// The venue has the order, under the id `venue_id`.
    pub fn acknowledge(&mut self, venue_id: String) {
        (self.state, self.venue_id) = (OrderState::Working, Some(venue_id));
    }

    /// The outcome of the order is not known, since `since`.
    pub fn set_unknown(&mut self, since: Timestamp) {
        (self.state, self.unknown_since) = (OrderState::Unknown, Some(since));
    }

    /// Counts a look that should have found the order and did not. Returns the number of such looks.
    pub fn count_miss(&mut self) -> u32 {
        self.missed += 1;
        self.missed
    }

    /// The order is to be cancelled.
    pub fn want_cancel(&mut self) {
        if self.cancel == Cancel::No {
            self.cancel = Cancel::Wanted { from: Timestamp(i64::MIN), failed: 0 };
        }
    }

    /// Returns the time from which the cancel can be sent, if one waits. Only the venue's id can be cancelled.
    pub fn cancel_due(&self) -> Option<Timestamp> {
        match self.cancel {
            Cancel::Wanted { from, .. } if self.venue_id.is_some() => Some(from),
            _ => None,
        }
    }

    /// The cancel is on its way.
    pub fn cancel_sent(&mut self) {
        if let Cancel::Wanted { failed, .. } = self.cancel {
            self.cancel = Cancel::InFlight { failed };
        }
    }

    /// The cancel has not worked, as was seen at `now`: it is sent again after a pause.
    pub fn cancel_failed(&mut self, now: Timestamp) {
        self.cancel = self.cancel.failed(now);
    }

    /// Takes what the venue shows of the order at `now`. Returns its end, if that is what it means.
    pub fn on_shown(&mut self, order: &VenueOrder, now: Timestamp) -> Option<OrderUpdate> {
        match order.state {
            // No venue reports these: they are the host's own.
            OrderState::Sent | OrderState::Unknown => None,
            OrderState::Working => {
                // A cancel that was answered well, or not at all, has not worked after all.
                if matches!(self.cancel, Cancel::InFlight { .. }) {
                    self.cancel_failed(now);
                }
                None
            }
            // Fills that are still to come would be lost with the order.
            _ if self.filled != order.filled => None,
            // If all of it was filled, the last fill has ended it. Less: someone made it smaller at the venue.
            OrderState::Filled => {
                let (order, reason) = (self.order.id, "made smaller at the venue".to_owned());
                Some(OrderUpdate::Ended { order, state: OrderState::Cancelled, reason })
            }
            OrderState::Cancelled | OrderState::Expired | OrderState::Rejected | OrderState::NotPlaced => {
                Some(self.cancelled_at_venue(now))
            }
        }
    }

    /// The venue has cancelled the order: because its time ran out, or because someone asked for it.
    fn cancelled_at_venue(&self, now: Timestamp) -> OrderUpdate {
        let expired = matches!(self.order.time_in_force, TimeInForce::GoodTill(end) if now >= end);
        let (state, reason) = match (self.cancel, expired) {
            (Cancel::No, true) => (OrderState::Expired, String::new()),
            (Cancel::No, false) if self.order.time_in_force == TimeInForce::ImmediateOrCancel => {
                (OrderState::Cancelled, "not filled at once".to_owned())
            }
            (Cancel::No, false) => (OrderState::Cancelled, "cancelled at the venue".to_owned()),
            _ => (OrderState::Cancelled, String::new()),
        };
        OrderUpdate::Ended { order: self.order.id, state, reason }
    }
}
