//! The result of a live run in a few figures; the journal has the rest.

use host_core::engine::Engine;
use host_core::{Record, Usd};
use host_session::setup::ComponentLine;
use serde::Serialize;

/// Counts of this session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionCounts {
    /// Orders that left the engine.
    pub orders: u64,
    pub fills: u64,
    /// Round trips that were closed.
    pub trades: u64,
    /// Signals that the risk manager refused.
    pub refused: u64,
}

/// The figures as they are printed. Money is a decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveFigures {
    /// Always `live`.
    pub mode: &'static str,
    pub account: String,
    /// The venue's environment, such as production.
    pub environment: String,
    /// The strategies by slot, each with the digest of its component.
    pub components: Vec<ComponentLine>,
    /// Counts of this session.
    #[serde(flatten)]
    pub counts: SessionCounts,
    /// Cash and positions at the mark, in dollars.
    pub equity: String,
    /// Realised profit since the account's first start, net of fees, in dollars.
    pub net_pnl: String,
    /// Fees paid since then, in dollars.
    pub fees: String,
    pub open_positions: usize,
    /// Orders that are open, or whose outcome is not known.
    pub open_orders: usize,
}

impl SessionCounts {
    /// Counts a record.
    pub fn count(&mut self, record: &Record) {
        match record {
            Record::Placed { .. } => self.orders += 1,
            Record::Filled { .. } => self.fills += 1,
            Record::Trade(_) => self.trades += 1,
            Record::Refused(_) => self.refused += 1,
            _ => {}
        }
    }

    /// Returns the figures of `account`, whose books `engine` keeps.
    pub fn figures(self, account: &str, engine: &Engine) -> LiveFigures {
        let portfolio = engine.portfolio();
        let money = |usd: Usd| usd.to_string();
        LiveFigures {
            mode: "live",
            account: account.to_owned(),
            environment: String::new(),
            components: Vec::new(),
            counts: self,
            equity: money(portfolio.equity()),
            net_pnl: money(portfolio.realised()),
            fees: money(portfolio.fees()),
            open_positions: portfolio.positions().count(),
            open_orders: engine.working_orders(),
        }
    }
}

impl LiveFigures {
    /// Returns one line a figure.
    pub fn lines(&self) -> String {
        let width = self.named().iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines = self.named().map(|(name, value)| format!("{name:width$}  {value}"));
        lines.join("\n")
    }

    /// Returns the same as CSV. No figure needs quotes.
    pub fn csv(&self) -> String {
        let rows = self.named().map(|(name, value)| format!("{name},{}\n", value.trim_start_matches('$')));
        format!("figure,value\n{}", rows.concat())
    }

    fn named(&self) -> [(&'static str, String); 10] {
        let LiveFigures { account, counts, equity, net_pnl, fees, open_positions, open_orders, .. } = self;
        [
            ("account", account.clone()),
            ("orders", counts.orders.to_string()),
            ("fills", counts.fills.to_string()),
            ("trades", counts.trades.to_string()),
            ("refused", counts.refused.to_string()),
            ("equity", format!("${equity}")),
            ("net P&L", format!("${net_pnl}")),
            ("fees", format!("${fees}")),
            ("open positions", open_positions.to_string()),
            ("open orders", open_orders.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_lines_for_people_and_rows_for_spreadsheets() {
        let counts = SessionCounts { orders: 3, fills: 2, trades: 1, refused: 4 };
        let figures = LiveFigures {
            mode: "live",
            account: "alex".to_owned(),
            environment: "demo".to_owned(),
            components: Vec::new(),
            counts,
            equity: "1999.50".to_owned(),
            net_pnl: "-0.50".to_owned(),
            fees: "0.02".to_owned(),
            open_positions: 1,
            open_orders: 0,
        };
        assert_eq!(figures.lines().lines().nth(6), Some("net P&L         $-0.50"));
        assert_eq!(figures.csv().lines().nth(7), Some("net P&L,-0.50"));
        assert_eq!(figures.csv().lines().count(), 11);
    }
}
