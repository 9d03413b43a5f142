//! The loop as a supervisor of the process sees it: that it turns, that it trades, and how it stands.

use host_core::TradingState;

use super::LiveHost;

impl LiveHost {
    /// Returns true if the books were compared since the start and agree, or a person has accepted the difference, and
    /// orders may leave.
    pub fn is_trading(&self) -> bool {
        self.reconciler.is_settled() && self.engine.risk().state() != TradingState::Halted
    }

    /// Returns true once the host ends.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Returns how the host stands, in one line.
    pub fn standing(&self) -> String {
        let (portfolio, risk) = (self.engine.portfolio(), self.engine.risk());
        let reasons = risk.reasons();
        let state = match risk.state() {
            _ if self.stopping => "stopping".to_owned(),
            _ if self.reconciler.last().is_none() => "starting: the books are not compared yet".to_owned(),
            TradingState::Active => "trading".to_owned(),
            TradingState::Reduce => format!("only exits: {}", reasons.join("; ")),
            TradingState::Halted => format!("halted: {}", reasons.join("; ")),
        };
        let (positions, orders) = (portfolio.positions().count(), self.orders.len());
        let polled = self.feed.last_poll_and_age(self.requests.now());
        let polled = polled.map_or_else(|| "no poll yet".to_owned(), |(time, _)| format!("last poll {time}"));
        let equity = portfolio.equity().shown();
        let line = format!("{state}; equity {equity}, {positions} positions, {orders} orders, {polled}");
        // Reasons are text of others too, and a supervisor takes one line.
        line.replace(char::is_control, " ")
    }
}
