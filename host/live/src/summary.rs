//! The result of a live run in a few figures; the journal has the rest.

use std::collections::BTreeMap;

use host_core::engine::Engine;
use host_core::foreign::csv_cell;
use host_core::{Record, Usd};
use host_session::setup::{ComponentLine, Money, StoppedBy};
use serde::{Deserialize, Serialize};

/// Counts of this session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionCounts {
    /// Orders that left the engine.
    pub orders: u64,
    pub fills: u64,
    /// Round trips that were closed.
    pub trades: u64,
    /// Signals that the risk manager refused.
    pub refused: u64,
}

/// The number of signals that were refused in this session, by the code of the check that they failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalCounts(BTreeMap<String, u64>);

impl RefusalCounts {
    /// Counts a record.
    pub fn count(&mut self, record: &Record) {
        if let Record::Refused(refusal) = record {
            *self.0.entry(refusal.verdict.code.clone()).or_default() += 1;
        }
    }

    /// Returns the counts that are not zero.
    pub fn by_code(&self) -> BTreeMap<String, u64> {
        self.0.clone()
    }
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
    /// True unless the session was to trade for some time, or could not go on, and ended before.
    pub complete: bool,
    /// The cause of the end of a session that is not complete.
    pub stopped_by: Option<StoppedBy>,
    /// Cash and positions at the mark, in dollars.
    pub equity: Money,
    /// Profit since the account's first start, after fees, with open positions at their mark, in dollars.
    pub net_pnl: Money,
    /// The part of it that is closed out.
    pub realised_pnl: Money,
    /// The part of it in open positions.
    pub open_pnl: Money,
    /// Fees paid since then, in dollars.
    pub fees: Money,
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
        let open: Usd = portfolio.positions().map(|(_, _, position)| position.unrealised()).sum();
        LiveFigures {
            mode: "live",
            account: account.to_owned(),
            environment: String::new(),
            components: Vec::new(),
            counts: self,
            complete: true,
            stopped_by: None,
            equity: Money(portfolio.equity()),
            net_pnl: Money(portfolio.realised() + open),
            realised_pnl: Money(portfolio.realised()),
            open_pnl: Money(open),
            fees: Money(portfolio.fees()),
            open_positions: portfolio.positions().count(),
            open_orders: engine.working_orders(),
        }
    }
}

impl LiveFigures {
    /// Returns one line a figure.
    pub fn lines(&self) -> String {
        let money = |money: Money| money.0.shown();
        let signed = |money: Money| money.0.shown_signed();
        let named = self.named(money, signed);
        let width = named.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        // Of a session that was not stopped there is no cause.
        let known = named.into_iter().filter(|(_, value)| !value.is_empty());
        let lines = known.map(|(name, value)| format!("{name:width$}  {value}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Returns the same as CSV, with money to its last digit. No figure needs quotes.
    pub fn csv(&self) -> String {
        let exact = |money: Money| money.to_string();
        let rows = self.named(exact, exact).map(|(name, value)| format!("{},{}\n", name.trim(), csv_cell(&value)));
        format!("figure,value\n{}", rows.concat())
    }

    /// Returns the figures by name: `money` writes an amount, `profit` a profit or loss.
    fn named(&self, money: impl Fn(Money) -> String, profit: impl Fn(Money) -> String) -> [(&'static str, String); 14] {
        let counts = &self.counts;
        [
            ("account", self.account.clone()),
            ("complete", if self.complete { "yes" } else { "no" }.to_owned()),
            ("stopped by", self.stopped_by.map_or("", StoppedBy::text).to_owned()),
            ("orders", counts.orders.to_string()),
            ("fills", counts.fills.to_string()),
            ("trades", counts.trades.to_string()),
            ("refused", counts.refused.to_string()),
            ("equity", money(self.equity)),
            ("net P&L", profit(self.net_pnl)),
            ("  realised", profit(self.realised_pnl)),
            ("  open", profit(self.open_pnl)),
            ("fees", money(self.fees)),
            ("open positions", self.open_positions.to_string()),
            ("open orders", self.open_orders.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_lines_for_people_and_rows_for_spreadsheets() {
        let counts = SessionCounts { orders: 3, fills: 2, trades: 1, refused: 4 };
        let money = |text: &str| Money::parse(text).unwrap();
        let figures = LiveFigures {
            mode: "live",
            account: "alex".to_owned(),
            environment: "demo".to_owned(),
            components: Vec::new(),
            counts,
            complete: false,
            stopped_by: Some(StoppedBy::Interrupt),
            equity: money("1999.328"),
            net_pnl: money("-0.672"),
            realised_pnl: money("0.50"),
            open_pnl: money("-1.172"),
            fees: money("0.02"),
            open_positions: 1,
            open_orders: 0,
        };
        assert_eq!(figures.lines().lines().nth(2), Some("stopped by      Ctrl-C (SIGINT)"));
        assert_eq!(figures.lines().lines().nth(8), Some("net P&L         -$0.67"));
        assert_eq!(figures.lines().lines().nth(9), Some("  realised      +$0.50"));
        assert_eq!(figures.csv().lines().nth(9), Some("net P&L,-0.672"));
        assert_eq!(figures.csv().lines().count(), 15);
    }
}
