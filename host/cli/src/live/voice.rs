//! What a live run says to people while it goes: one line each, every line marked as LIVE, in red where there is colour.

use host_core::{Record, Timestamp, TradingState};

use super::markets::Markets;
use super::preflight::LiveMark;
use super::shell::Shell;
use crate::ui::Ui;

/// Says things on stderr.
#[derive(Clone, Debug)]
pub struct Voice {
    ui: Ui,
    mark: LiveMark,
}

impl Voice {
    /// The voice of the account that `mark` names.
    pub fn new(ui: Ui, mark: LiveMark) -> Voice {
        Voice { ui, mark }
    }

    /// Says what happened, unless only errors are wanted.
    pub fn say(&self, time: Timestamp, what: &str) {
        self.ui.say(&format!("{} {} {what}", self.mark, clock(time)));
    }

    /// Says what somebody has to know, whatever is wanted.
    pub fn alert(&self, time: Timestamp, what: &str) {
        crate::error::eprint_lossy(&format!("{} {} ALERT {what}\n", self.mark, clock(time)));
    }
}

/// Date and time to the second.
fn clock(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

/// A record in a line, if people care.
fn line(record: &Record, markets: &Markets) -> Option<(bool, String)> {
    let said = match record {
        Record::Placed { order, .. } => {
            let ticker = markets.ticker(order.market);
            format!("order {}: {} {} {ticker} at {}", order.id.0, order.side, order.qty, order.price)
        }
        Record::Filled { market, side, fill, position, .. } => {
            let ticker = markets.ticker(*market);
            let (qty, price) = (fill.qty, fill.price);
            format!("order {}: filled, {side} {qty} {ticker} at {price}; position {position}", fill.order.0)
        }
        Record::Done { order, state, reason, .. } => {
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            format!("order {}: {}{why}", order.0, format!("{state:?}").to_lowercase())
        }
        Record::Trade(trade) => format!("trade closed in {}: net ${}", markets.ticker(trade.market), trade.net),
        Record::Trading { state, reason, .. } => {
            let what = match state {
                TradingState::Active => "trading",
                TradingState::Reduce => "only orders that reduce a position",
                TradingState::Halted => "HALTED",
            };
            return Some((*state == TradingState::Halted, format!("{what}: {reason}")));
        }
        Record::Fault { slot, fault, .. } => {
            return Some((true, format!("strategy {} failed: {}", slot.0, fault.message)));
        }
        Record::Signal(_) | Record::Refused(_) | Record::Settled { .. } | Record::DayClose(_) => return None,
    };
    Some((false, said))
}

impl Shell {
    /// Says what people care about.
    pub(super) fn tell(&mut self, records: &[Record]) {
        records.iter().for_each(|record| self.summary.count(record));
        for (alert, said) in records.iter().filter_map(|record| line(record, &self.markets)) {
            if alert {
                self.voice.alert(self.now(), &said);
            } else {
                self.voice.say(self.now(), &said);
            }
        }
    }
}
