//! What reaches the resting orders of a market: trades, and changes of the best price.

use host_core::{Price, Qty, Side, Timestamp};

use super::queue::LevelChange;
use super::touch::seen_by;
use super::working::SimulatedOrder;

/// A trade that has come to the resting orders of a side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The side of the resting orders.
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) qty: Qty,
    /// Orders that joined at this time or later were not there yet.
    pub(super) time: Timestamp,
}

impl Arrival {
    /// Goes through `orders`, which are in price-time priority: those at a better price fill first, then those at the
    /// trade's price, each after the others ahead of it, so that own orders queue behind each other. Calls `fill` with
    /// what each gets, more than zero; together that is never more than was traded. Returns what is left.
    pub(super) fn reach(self, orders: &mut [SimulatedOrder], mut fill: impl FnMut(&mut SimulatedOrder, Qty)) -> Qty {
        let Arrival { side, price, qty: mut left, time } = self;
        let price = seen_by(side, price);
        // Contracts of others at this price that the trade has taken so far.
        let mut others = Qty::ZERO;
        for working in orders.iter_mut().filter(|working| working.order.side == side) {
            let limit = seen_by(side, working.order.price);
            let Some(place) = working.place.as_mut().filter(|place| place.has_joined && place.joins < time) else {
                continue;
            };
            if limit < price {
                break;
            }
            if limit > price {
                place.ahead = Some(Qty::ZERO);
            } else {
                let Some(ahead) = &mut place.ahead else { continue };
                let more = (*ahead - others).max(Qty::ZERO).min(left);
                others += more;
                left -= more;
                *ahead = (*ahead - others).max(Qty::ZERO);
            }
            let filled = left.min(working.left);
            if !filled.is_zero() {
                left -= filled;
                fill(working, filled);
            }
        }
        left
    }
}

/// Shows a change of the best price to the `orders` of `side` that have joined.
pub(super) fn show(change: &LevelChange, orders: &mut [SimulatedOrder], side: Side) {
    for working in orders.iter_mut().filter(|working| working.order.side == side) {
        let limit = seen_by(side, working.order.price);
        if let Some(place) = working.place.as_mut().filter(|place| place.has_joined) {
            place.observe(limit, change);
        }
    }
}
