//! Order statistics, from placement to end. Memory grows with working orders only.

use std::collections::BTreeMap;

use host_core::{Fill, MarketId, Order, OrderId, OrderState, Qty, Side, Timestamp};

use crate::quantile::Quantiles;
use crate::ratios::ratio;
use crate::report::{OrderEnds, OrderFills, TimeToFill};

/// The facts that are kept of a working order.
#[derive(Clone, Copy, Debug)]
struct PlacedOrder {
    market: MarketId,
    side: Side,
    qty: Qty,
    filled: Qty,
    created: Timestamp,
    arrival_mid_doubled: i32,
}

/// An order that ended with contracts unfilled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MissedOrder {
    pub(crate) market: MarketId,
    pub(crate) side: Side,
    pub(crate) arrival_mid_doubled: i32,
    pub(crate) qty: Qty,
}

/// Order statistics so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrderStatistics {
    working: BTreeMap<OrderId, PlacedOrder>,
    placed: u64,
    submitted: i128,
    fills: OrderFills,
    ends: OrderEnds,
    time_to_fill: Quantiles,
}

impl OrderStatistics {
    pub(crate) fn on_placed(&mut self, order: &Order) {
        self.placed += 1;
        self.submitted += i128::from(order.qty.0);
        let Order { market, side, qty, created, arrival_mid_doubled, .. } = *order;
        let working = PlacedOrder { market, side, qty, filled: Qty::ZERO, created, arrival_mid_doubled };
        self.working.insert(order.id, working);
    }

    /// Adds a fill. A full fill ends the order, and later records of its end change nothing.
    pub(crate) fn on_fill(&mut self, fill: &Fill) {
        let Some(working) = self.working.get_mut(&fill.order) else { return };
        if working.filled.is_zero() {
            self.time_to_fill.add(fill.time - working.created);
        }
        working.filled += fill.qty;
        if working.filled >= working.qty {
            self.on_done(fill.order, OrderState::Filled, fill.qty);
        }
    }

    /// Ends an order. Returns its unfilled part, if the order is known and has one.
    pub(crate) fn on_done(&mut self, id: OrderId, state: OrderState, filled: Qty) -> Option<MissedOrder> {
        if !state.is_terminal() {
            return None;
        }
        let PlacedOrder { market, side, qty, arrival_mid_doubled, filled: seen, .. } = self.working.remove(&id)?;
        let filled = seen.max(filled);
        let end = match state {
            OrderState::Filled => &mut self.ends.filled,
            OrderState::Expired => &mut self.ends.expired,
            OrderState::Rejected => &mut self.ends.rejected,
            _ => &mut self.ends.cancelled,
        };
        *end += 1;
        let count = match filled {
            Qty::ZERO => &mut self.fills.none,
            filled if filled < qty => &mut self.fills.partly,
            _ => &mut self.fills.fully,
        };
        *count += 1;
        (filled < qty).then(|| MissedOrder { market, side, arrival_mid_doubled, qty: qty - filled })
    }

    pub(crate) fn placed(&self) -> u64 {
        self.placed
    }

    /// Returns the contracts of all orders, in millionths.
    pub(crate) fn submitted_qty(&self) -> i128 {
        self.submitted
    }

    pub(crate) fn ends(&self) -> OrderEnds {
        OrderEnds { working: self.working.len() as u64, ..self.ends }
    }

    pub(crate) fn fills(&self) -> OrderFills {
        let OrderFills { fully, partly, none, .. } = self.fills;
        OrderFills { rate: ratio((fully + partly) as f64, (fully + partly + none) as f64), ..self.fills }
    }

    /// Returns the fraction of ended orders that were cancelled or expired.
    pub(crate) fn cancel_ratio(&self) -> Option<f64> {
        let OrderEnds { filled, cancelled, expired, rejected, .. } = self.ends;
        ratio((cancelled + expired) as f64, (filled + cancelled + expired + rejected) as f64)
    }

    pub(crate) fn time_to_fill(&self) -> TimeToFill {
        TimeToFill {
            orders: self.time_to_fill.count(),
            p50_seconds: self.time_to_fill.seconds(50),
            p95_seconds: self.time_to_fill.seconds(95),
        }
    }
}
