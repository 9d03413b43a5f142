//! The account's money: what entries may still cost, and the capital at work.

use super::Engine;
use crate::entry_cost::EntryCost;
use crate::market::MarketId;
use crate::money::{Price, Qty, Usd};
use crate::order::{Intent, Order};
use crate::risk::Funds;

impl Engine {
    /// Sets the terms on which entries are filled. Call this before the first event.
    pub fn set_entry_cost(&mut self, entry_cost: EntryCost) {
        self.entry_cost = entry_cost;
    }

    /// Returns the cash that entries may still cost: what neither shorts nor working entries lay claim to. It can be
    /// negative, since exits, settlements and withdrawals are not bounded by it.
    ///
    /// The venue nets the positions of all strategies. For each contract net short it keeps a dollar: the cash here
    /// already holds the price that was received for it.
    pub fn available_cash(&self) -> Usd {
        self.portfolio.cash() - self.collateral() - self.claims()
    }

    /// Returns the dollars that the venue keeps for what is net short. Positions come in the order of their markets.
    fn collateral(&self) -> Usd {
        let short = |net: Qty| Price::ONE * (-net).max(Qty::ZERO);
        let (mut sum, mut market, mut net) = (Usd::ZERO, MarketId(u32::MAX), Qty::ZERO);
        for (held_in, _, position) in self.portfolio.positions() {
            if held_in != market {
                sum += short(net);
                (market, net) = (held_in, Qty::ZERO);
            }
            net += position.qty;
        }
        sum + short(net)
    }

    /// Returns the most that the working entries can still cost. One whose cancel is under way may still fill.
    fn claims(&self) -> Usd {
        let entries = self.orders.iter().filter(|working| working.order.intent == Intent::Entry);
        let cost = |order: &Order, open: Qty| self.entry_cost.most(order.side, order.price, open);
        entries.map(|working| cost(&working.order, working.open())).sum()
    }

    /// Returns what the risk manager is to know of the account's money.
    pub(super) fn funds(&self) -> Funds {
        Funds { available: self.available_cash(), cost: self.entry_cost }
    }

    /// Sets the capital at work: money comes in or is taken out, which is neither profit nor loss.
    pub(super) fn set_capital(&mut self, capital: Usd) {
        let change = capital - self.portfolio.start();
        self.portfolio.shift(change);
        self.risk.shift_equity(change);
    }
}
