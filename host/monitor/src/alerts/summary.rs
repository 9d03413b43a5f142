//! The daily summary, which is also the sign of life.

use host_core::{Timestamp, Usd};
use host_live::control::client::NoAnswer;
use host_live::control::status::{Held, PositionLine, Status, StatusView};
use host_live::notice::{Notice, NoticeCode, Severity};

use super::message::{Message, MessageKind, to_the_second};

/// Most positions that are named.
const MOST_POSITIONS: usize = 20;

/// Counts since the last summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeTally {
    pub since: Timestamp,
    trades: u64,
    warnings: u64,
    critical: u64,
}

impl NoticeTally {
    /// Begins to count.
    pub fn new(since: Timestamp) -> NoticeTally {
        NoticeTally { since, trades: 0, warnings: 0, critical: 0 }
    }

    /// Counts `notice`.
    pub fn count(&mut self, notice: &Notice) {
        self.trades += u64::from(notice.code == NoticeCode::TradeClosed);
        match notice.severity {
            Severity::Info => {}
            Severity::Warning => self.warnings += u64::from(notice.times),
            Severity::Alert => self.critical += u64::from(notice.times),
        }
    }
}

/// Makes the summary. `undelivered` are the numbers of messages that wait after a failure, and that were given up.
pub fn summary(
    account: &str,
    answer: &Result<StatusView, NoAnswer>,
    tally: &NoticeTally,
    (waiting, failed): (u32, u32),
) -> Message {
    let (headline, mut text) = match answer {
        Ok(StatusView { killed: Some(killed), status, .. }) => {
            let figures = status.as_ref().map(figures).unwrap_or_default();
            (format!("KILLED since {}", killed.time), figures)
        }
        Ok(StatusView { status: Some(status), .. }) => {
            let day = dollars(status.day_profit, true);
            (format!("equity {}, day {day}", dollars(status.equity, false)), figures(status))
        }
        Ok(_) => ("the host has not begun to trade".to_owned(), String::new()),
        Err(NoAnswer::NotRunning) => ("the host does not run".to_owned(), String::new()),
        Err(NoAnswer::Hung(why)) => (format!("the host does not answer: {why}"), String::new()),
    };
    let since = to_the_second(tally.since);
    text += &format!("trades       {} since {since}\n", tally.trades);
    text += &format!("told of      {} warnings, {} critical since then\n", tally.warnings, tally.critical);
    if waiting + failed > 0 {
        text += &format!("undelivered  {waiting} messages wait, {failed} were given up: `host notify log`\n");
    }
    Message::plain(MessageKind::Summary, account, &format!("daily summary: {headline}"), text)
}

fn figures(status: &Status) -> String {
    let mut text = format!("state        {:?}\n", status.state).to_lowercase();
    for reason in &status.reasons {
        text += &format!("             {reason}\n");
    }
    text += &format!("equity       {}\n", dollars(status.equity, false));
    text += &format!("day P&L      {}\n", dollars(status.day_profit, true));
    text += &format!("positions    {}\n", status.positions.len());
    for position in status.positions.iter().take(MOST_POSITIONS) {
        text += &format!("             {}\n", line(position));
    }
    text += &format!("open orders  {}", status.orders.len());
    if status.unknown_orders > 0 {
        text += &format!(", {} of them unknown", status.unknown_orders);
    }
    text + "\n"
}

/// Describes a position in the price of its side.
fn line(position: &PositionLine) -> String {
    let PositionLine { ticker, unrealised, .. } = position;
    let Held { contracts, side, mark, .. } = position.held();
    let profit = unrealised.map_or_else(String::new, |profit| format!(", {}", dollars(profit, true)));
    format!("{contracts} {side} {ticker} at {mark:.2}{profit}")
}

fn dollars(amount: f64, signed: bool) -> String {
    let amount = Usd::from_dollars(amount).unwrap_or(Usd::ZERO);
    if signed { amount.shown_signed() } else { amount.shown() }
}
