//! A change of an order that follows from a response of the venue.

use host_core::OrderId;
use host_core::OrderState;
use host_venues::model::VenueFill;

/// A change of an order: to be written down and told to the engine, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderUpdate {
    /// The venue has the order, under the id `venue_id`.
    Acknowledged { order: OrderId, venue_id: String },
    /// The outcome of the order is not known.
    Unknown { order: OrderId, reason: String },
    /// A fill that was not booked before.
    Filled { order: OrderId, fill: VenueFill },
    /// The order has ended otherwise than by a full fill.
    Ended { order: OrderId, state: OrderState, reason: String },
}
