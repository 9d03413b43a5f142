//! The figures of several runs, side by side.

use host_report::Report;

use crate::numbers::{cents_change, change, count, duration, fixed, money, or_undefined, share_in_column};

/// One figure of all runs.
pub(super) struct FigureRow {
    pub(super) name: &'static str,
    pub(super) values: Vec<String>,
}

type Figure = (&'static str, fn(&Report) -> String);

/// The figures, those that decide first.
const FIGURES: [Figure; 16] = [
    ("Total P&L", |report| change(report.net_pnl)),
    ("of it open", |report| change(report.open_pnl)),
    ("Trades", |report| count(report.trades)),
    ("Win rate", |report| or_undefined(report.win_rate, share_in_column)),
    ("Average win", |report| or_undefined(report.average_win, money)),
    ("Average loss", |report| or_undefined(report.average_loss, money)),
    ("Profit factor", |report| or_undefined(report.profit_factor, |factor| fixed(factor, 2))),
    ("Max drawdown", |report| money(report.max_drawdown)),
    ("Fill rate, contracts", |report| or_undefined(report.fill_rate, share_in_column)),
    ("Slippage, a contract", |report| or_undefined(report.average_slippage, cents_change)),
    ("Fees", |report| money(report.fees)),
    ("Average holding", |report| or_undefined(report.average_holding_seconds, duration)),
    ("Signals", |report| count(report.signals)),
    ("Orders", |report| count(report.orders)),
    ("Refused orders", |report| count(report.rejections.values().sum())),
    ("Days", |report| count(report.days)),
];

pub(super) fn rows(reports: &[&Report]) -> Vec<FigureRow> {
    let row = |(name, show): &Figure| FigureRow { name, values: reports.iter().map(|report| show(report)).collect() };
    FIGURES.iter().map(row).collect()
}
