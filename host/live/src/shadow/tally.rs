//! The figures by which a shadow is held against the version that trades.

use std::fmt;

use host_core::{Record, SlotId, Usd};

use crate::control::status::Figures;

/// The sums over the records of one slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub signals: u64,
    /// Orders that passed all checks.
    pub orders: u64,
    pub fills: u64,
    pub refused: u64,
    /// Round trips that were closed.
    pub trades: u64,
    /// Those of them with a profit.
    pub won: u64,
    /// Profit of the trades, after fees, in 1/10,000,000,000 dollar.
    pub net: Usd,
}

impl Tally {
    /// Adds `record` if it is of `slot`.
    pub fn count(&mut self, slot: SlotId, record: &Record) {
        match record {
            Record::Signal(signal) if signal.slot == slot => self.signals += 1,
            Record::Placed { order, .. } if order.slot == slot => self.orders += 1,
            Record::Filled { slot: of, .. } if *of == slot => self.fills += 1,
            Record::Refused(refused) if refused.slot == slot => self.refused += 1,
            Record::Trade(trade) if trade.slot == slot => {
                self.trades += 1;
                self.won += u64::from(trade.net > Usd::ZERO);
                self.net += trade.net;
            }
            _ => {}
        }
    }
}

impl Tally {
    /// Returns it as the status shows it.
    pub fn figures(&self) -> Figures {
        let Tally { signals, orders, fills, refused, trades, won, net } = *self;
        Figures { signals, orders, fills, refused, trades, won, net: net.as_dollars() }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { signals, orders, fills, trades, net, .. } = self;
        write!(f, "{signals} signals, {orders} orders, {fills} fills, {trades} trades, net {}", net.shown_signed())
    }
}
