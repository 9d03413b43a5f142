//! What the loop tells of itself on the status board, once a second at the most.

use super::control::status::{Ago, OrderLine, PositionLine, Reconciliation, Status};
use super::desk::Standing;
use super::shell::Shell;
use host_core::Timestamp;

impl Shell {
    /// Puts how it is on the board.
    pub(super) fn show_status(&self) {
        let now = self.now();
        let engine = &self.engine;
        let portfolio = engine.portfolio();
        let ago = |time: Timestamp| Ago { time: time.to_string(), age_seconds: (now - time).as_seconds() };
        let positions = portfolio.positions().map(|(market, _, position)| PositionLine {
            ticker: self.markets.ticker(market).to_owned(),
            contracts: position.qty.as_contracts(),
            cost: position.cost.as_dollars(),
            unrealised: Some(position.unrealised().as_dollars()),
        });
        let orders = self.desk.orders().map(|desked| OrderLine {
            order: desked.order.id.0,
            ticker: desked.ticker.clone(),
            side: desked.order.side.to_string(),
            price: desked.order.price.dollars(),
            contracts: desked.order.qty.as_contracts(),
            filled: desked.filled.as_contracts(),
            standing: match (&desked.standing, desked.is_cancelling()) {
                (Standing::Sent, _) => "sent",
                (Standing::Unknown { .. }, _) => "unknown",
                (Standing::Resting { .. }, false) => "resting",
                (Standing::Resting { .. }, true) => "cancelling",
            }
            .to_owned(),
        });
        self.board.set(Status {
            time: now.to_string(),
            state: engine.risk().state(),
            reasons: engine.risk().reasons(),
            equity: portfolio.equity().as_dollars(),
            day_profit: engine.risk().day_change().as_dollars(),
            positions: positions.collect(),
            orders: orders.collect(),
            unknown_orders: self.desk.unknown(),
            last_poll: self.last_poll.map(ago),
            venue_link: self.venue_down.clone().unwrap_or_else(|| "up".to_owned()),
            breaker: self.venue.breaker(),
            reconciliation: self.audit.last.as_ref().map(|(time, differences)| Reconciliation {
                at: ago(*time),
                mismatches: differences.iter().map(ToString::to_string).collect(),
            }),
        });
    }
}
