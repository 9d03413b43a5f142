//! What a live run came to, in a few figures; `host review` and the journal have the rest.

use host_core::engine::Engine;
use host_core::{Record, Usd};
use serde::Serialize;

/// Counts of this session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Orders that left.
    pub orders: u64,
    /// Executions.
    pub fills: u64,
    /// Round trips.
    pub trades: u64,
    /// Wishes that risk refused.
    pub refused: u64,
}

/// The figures as they are printed. Money is a decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Always `live`.
    pub mode: &'static str,
    /// The account's name.
    pub account: String,
    /// Counts of this session.
    #[serde(flatten)]
    pub counts: Summary,
    /// Cash and positions at the mid.
    pub equity: String,
    /// Closed out since the account's first start, net of fees.
    pub net_pnl: String,
    /// Paid since then.
    pub fees: String,
    /// Positions that are open.
    pub open_positions: usize,
    /// Orders that are open, or unknown.
    pub open_orders: usize,
}

impl Summary {
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

    /// The figures of `account`.
    pub fn figures(self, account: &str, engine: &Engine) -> Figures {
        let portfolio = engine.portfolio();
        let money = |usd: Usd| usd.to_string();
        Figures {
            mode: "live",
            account: account.to_owned(),
            counts: self,
            equity: money(portfolio.equity()),
            net_pnl: money(portfolio.realised()),
            fees: money(portfolio.fees()),
            open_positions: portfolio.positions().count(),
            open_orders: engine.working_orders(),
        }
    }
}

impl Figures {
    /// One line a figure.
    pub fn lines(&self) -> String {
        let width = self.named().iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines = self.named().map(|(name, value)| format!("{name:width$}  {value}"));
        lines.join("\n")
    }

    /// The same for spreadsheets. No figure needs quotes.
    pub fn csv(&self) -> String {
        let rows = self.named().map(|(name, value)| format!("{name},{}\n", value.trim_start_matches('$')));
        format!("figure,value\n{}", rows.concat())
    }

    fn named(&self) -> [(&'static str, String); 10] {
        let Figures { account, counts, equity, net_pnl, fees, open_positions, open_orders, .. } = self;
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
        let counts = Summary { orders: 3, fills: 2, trades: 1, refused: 4 };
        let figures = Figures {
            mode: "live",
            account: "alex".to_owned(),
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
