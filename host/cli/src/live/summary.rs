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
    /// One line a figure, each marked by `mark`.
    pub fn lines(&self) -> String {
        let Figures { account, counts, equity, net_pnl, fees, open_positions, open_orders, .. } = self;
        let Summary { orders, fills, trades, refused } = counts;
        format!(
            "account         {account}\norders          {orders}\nfills           {fills}\ntrades          {trades}\n\
             refused         {refused}\nequity          ${equity}\nnet P&L         ${net_pnl}\nfees            ${fees}\n\
             open positions  {open_positions}\nopen orders     {open_orders}"
        )
    }
}
