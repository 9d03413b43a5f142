//! One order that has not ended: where it stands, what of it is filled, and whether it is to be cancelled.

use host_core::{Order, Qty, Span, TimeInForce, Timestamp};
use host_store::live::OutboxState;
use host_venues::model::{VenueOrder, VenueOrderStatus};

use super::Word;

/// Before a cancel that did not work is sent again: so long at first, then twice as long each time, up to the second.
const RECANCEL: (Span, Span) = (Span::seconds(1), Span::seconds(10));

/// Where an order stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On its way; nothing was answered yet.
    Sent,
    /// Sent, and what became of it is not known.
    Unknown {
        /// Since when.
        since: Timestamp,
    },
    /// The venue has it under this id.
    Resting {
        /// The venue's id.
        venue_id: String,
    },
}

/// Whether an order is to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    No,
    /// From then on; so many have not worked.
    Wanted {
        from: Timestamp,
        failed: u32,
    },
    InFlight {
        failed: u32,
    },
}

impl Cancel {
    /// One was sent, and did not work as was seen at `now`.
    pub(super) fn failed(self, now: Timestamp) -> Cancel {
        let (Cancel::InFlight { failed } | Cancel::Wanted { failed, .. }) = self else { return self };
        let (first, longest) = RECANCEL;
        let pause = Span(first.0 << failed.min(8)).min(longest);
        Cancel::Wanted { from: now + pause, failed: failed + 1 }
    }
}

/// An order that has not ended.
#[derive(Clone, Debug)]
pub struct Desked {
    /// As the engine made it.
    pub order: Order,
    /// The venue's name of its market.
    pub ticker: String,
    /// Under which it was sent.
    pub client_order_id: String,
    /// Where it stands.
    pub standing: Standing,
    /// Fills that were booked.
    pub filled: Qty,
    pub(super) cancel: Cancel,
    /// Looks that should have found it and did not.
    pub(super) missed: u32,
}

impl Desked {
    /// An order where it stands, without fills and with nobody who wants it cancelled.
    pub fn new(order: Order, ticker: &str, client_order_id: &str, standing: Standing) -> Desked {
        let (ticker, client_order_id) = (ticker.to_owned(), client_order_id.to_owned());
        Desked { order, ticker, client_order_id, standing, filled: Qty::ZERO, cancel: Cancel::No, missed: 0 }
    }

    /// Whether the venue has acknowledged it.
    pub fn is_at_venue(&self) -> bool {
        matches!(self.standing, Standing::Resting { .. })
    }

    /// Whether it is to be cancelled.
    pub fn is_cancelling(&self) -> bool {
        self.cancel != Cancel::No
    }
}

impl Desked {
    /// What it means that the venue shows it so.
    pub(super) fn shown(&mut self, order: &VenueOrder, now: Timestamp) -> Option<Word> {
        match order.status {
            VenueOrderStatus::Resting => {
                // A cancel that was answered well, or not at all, did not work after all.
                if matches!(self.cancel, Cancel::InFlight { .. }) {
                    self.cancel = self.cancel.failed(now);
                }
                None
            }
            // Fills that are still to come would be lost with the order.
            _ if self.filled != order.filled => None,
            // All of it filled: the last fill has ended it. Less: someone made it smaller at the venue.
            VenueOrderStatus::Filled => {
                let (order, reason) = (self.order.id, "made smaller at the venue".to_owned());
                Some(Word::Ended { order, state: OutboxState::Cancelled, reason })
            }
            VenueOrderStatus::Cancelled => Some(self.ended(now)),
        }
    }

    /// The venue has cancelled it: because its time ran out, or because someone asked for it.
    fn ended(&self, now: Timestamp) -> Word {
        let expired = matches!(self.order.time_in_force, TimeInForce::GoodTill(end) if now >= end);
        let (state, reason) = match (self.cancel, expired) {
            (Cancel::No, true) => (OutboxState::Expired, String::new()),
            (Cancel::No, false) => (OutboxState::Cancelled, "cancelled at the venue".to_owned()),
            _ => (OutboxState::Cancelled, String::new()),
        };
        Word::Ended { order: self.order.id, state, reason }
    }
}
