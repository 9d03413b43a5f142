//! The loop's own account of itself, published for whoever asks.

use host_core::Timestamp;

use super::LiveHost;
use crate::control::status::{Ago, OrderLine, PositionLine, Reconciliation, Status};

impl LiveHost {
    /// Publishes the status as it is now.
    pub(super) fn publish_status(&self) {
        let now = self.now();
        let engine = &self.engine;
        let portfolio = engine.portfolio();
        let ago = |time: Timestamp| Ago { time: time.to_string(), age_seconds: (now - time).as_seconds() };
        let positions = portfolio.positions().map(|(market, _, position)| PositionLine {
            ticker: self.feed.markets().ticker(market).to_owned(),
            contracts: position.qty.as_contracts(),
            cost: position.cost.as_dollars(),
            unrealised: Some(position.unrealised().as_dollars()),
        });
        let orders = self.orders.iter().map(|tracked| OrderLine {
            order: tracked.order.id.0,
            ticker: tracked.ticker.clone(),
            side: tracked.order.side.to_string(),
            price: tracked.order.price.dollars(),
            contracts: tracked.order.qty.as_contracts(),
            filled: tracked.filled.as_contracts(),
            standing: tracked.stage().to_owned(),
        });
        self.status.publish(Status {
            time: now.to_string(),
            state: engine.risk().state(),
            reasons: engine.risk().reasons(),
            equity: portfolio.equity().as_dollars(),
            day_profit: engine.risk().day_change().as_dollars(),
            positions: positions.collect(),
            orders: orders.collect(),
            unknown_orders: self.orders.unknown(),
            last_poll: self.feed.last_poll().map(ago),
            venue_link: self.link.state().to_owned(),
            breaker: self.requests.breaker(),
            reconciliation: self.reconciler.last().map(|(time, differences)| Reconciliation {
                at: ago(*time),
                mismatches: differences.iter().map(ToString::to_string).collect(),
            }),
        });
    }
}
