//! What is owned: cash, positions, realised and marked profit, drawdown. It only adds up what has happened, exactly;
//! it never decides anything.

mod drawdown;
mod position;
mod snapshot;

use std::collections::BTreeMap;

pub use drawdown::Drawdown;
pub use position::Position;
pub use snapshot::Snapshot;

use crate::market::{Market, MarketId, Outcome};
use crate::money::{Qty, Usd};
use crate::order::{Fill, Side};
use crate::record::Trade;
use crate::strategy::SlotId;
use crate::time::Timestamp;

/// The account as the host knows it.
#[derive(Clone, Debug)]
pub struct Portfolio {
    start: Usd,
    cash: Usd,
    positions: BTreeMap<(MarketId, SlotId), Position>,
    /// Twice the marked value of all positions, kept up to date so that equity costs nothing.
    marked_doubled: i64,
    realised: Usd,
    fees: Usd,
    realised_by_market: Vec<Usd>,
    realised_by_slot: Vec<Usd>,
    drawdown: Drawdown,
}

/// Profit of one group: a market, a category or a strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profit {
    /// Closed out, net of fees.
    pub realised: Usd,
    /// Open, at the mark.
    pub marked: Usd,
}

impl Portfolio {
    /// An account that starts with `start` in cash.
    pub fn new(start: Usd) -> Portfolio {
        Portfolio {
            start,
            cash: start,
            positions: BTreeMap::new(),
            marked_doubled: 0,
            realised: Usd::ZERO,
            fees: Usd::ZERO,
            realised_by_market: Vec::new(),
            realised_by_slot: Vec::new(),
            drawdown: Drawdown::new(start),
        }
    }

    /// Books a fill. Returns the round trip that it ended, if any. A fill beyond flat closes the position and opens
    /// one the other way.
    pub fn on_fill(&mut self, slot: SlotId, market: MarketId, side: Side, fill: &Fill) -> Option<Trade> {
        self.cash -= fill.price * side.signed(fill.qty) + fill.fee;
        self.fees += fill.fee;
        self.book(slot, market, -fill.fee);
        let Some(mut position) = self.take(slot, market) else {
            self.put(slot, market, Position::open(side, fill));
            return None;
        };
        if position.side() == side {
            position.grow(fill);
            self.put(slot, market, position);
            return None;
        }
        let closing = fill.qty.min(position.qty.abs());
        let beyond = fill.qty - closing;
        let closing_fee = if beyond.is_zero() { fill.fee } else { prorated(fill.fee, closing, fill.qty) };
        let gross = position.reduce(fill.price, closing, closing_fee);
        self.book(slot, market, gross);
        if !position.qty.is_zero() {
            self.put(slot, market, position);
            return None;
        }
        if !beyond.is_zero() {
            let rest = Fill { qty: beyond, fee: fill.fee - closing_fee, ..*fill };
            self.put(slot, market, Position::open(side, &rest));
        }
        Some(position.trade(slot, market, fill.time, false))
    }

    /// Pays a market out: every position in it closes at the payout, without a fee.
    pub fn on_settled(&mut self, market: MarketId, time: Timestamp, outcome: Outcome) -> Vec<Trade> {
        let slots: Vec<SlotId> = self.in_market(market).map(|(slot, _)| slot).collect();
        slots.into_iter().filter_map(|slot| self.settle(slot, market, time, outcome)).collect()
    }

    fn settle(&mut self, slot: SlotId, market: MarketId, time: Timestamp, outcome: Outcome) -> Option<Trade> {
        let mut position = self.take(slot, market)?;
        self.cash += outcome.payout() * position.qty;
        let gross = position.reduce(outcome.payout(), position.qty.abs(), Usd::ZERO);
        self.book(slot, market, gross);
        Some(position.trade(slot, market, time, true))
    }

    /// Marks all positions in `market` at the mid whose double is `mid_doubled`.
    pub fn mark(&mut self, market: MarketId, mid_doubled: i32) {
        for (_, position) in self.positions.range_mut((market, SlotId(0))..=(market, SlotId(u16::MAX))) {
            self.marked_doubled -= position.marked_doubled();
            position.mark_doubled = mid_doubled;
            self.marked_doubled += position.marked_doubled();
        }
    }

    /// Notes the equity at `now` for peak and drawdown; returns it.
    pub fn tick(&mut self, now: Timestamp) -> Usd {
        let equity = self.equity();
        self.drawdown.tick(now, equity);
        equity
    }

    fn take(&mut self, slot: SlotId, market: MarketId) -> Option<Position> {
        let position = self.positions.remove(&(market, slot))?;
        self.marked_doubled -= position.marked_doubled();
        Some(position)
    }

    fn put(&mut self, slot: SlotId, market: MarketId, position: Position) {
        self.marked_doubled += position.marked_doubled();
        self.positions.insert((market, slot), position);
    }

    fn book(&mut self, slot: SlotId, market: MarketId, amount: Usd) {
        self.realised += amount;
        add_at(&mut self.realised_by_market, market.index(), amount);
        add_at(&mut self.realised_by_slot, usize::from(slot.0), amount);
    }

    /// What the account started with.
    pub fn start(&self) -> Usd {
        self.start
    }

    /// Cash: what it started with, less what was paid, plus what was received.
    pub fn cash(&self) -> Usd {
        self.cash
    }

    /// Cash plus positions at the mark.
    pub fn equity(&self) -> Usd {
        self.cash + Usd(self.marked_doubled / 2)
    }

    /// Profit that is closed out, net of fees.
    pub fn realised(&self) -> Usd {
        self.realised
    }

    /// Fees paid so far.
    pub fn fees(&self) -> Usd {
        self.fees
    }

    /// The fall from the highest equity so far.
    pub fn drawdown(&self) -> &Drawdown {
        &self.drawdown
    }

    /// A slot's position in a market, if it has one.
    pub fn position(&self, slot: SlotId, market: MarketId) -> Option<&Position> {
        self.positions.get(&(market, slot))
    }

    /// A slot's contracts in a market; negative is short.
    pub fn held(&self, slot: SlotId, market: MarketId) -> Qty {
        self.position(slot, market).map_or(Qty::ZERO, |position| position.qty)
    }

    /// Whether any slot has a position in `market`.
    pub fn holds(&self, market: MarketId) -> bool {
        self.in_market(market).next().is_some()
    }

    /// All positions in `market`, by slot.
    pub fn in_market(&self, market: MarketId) -> impl Iterator<Item = (SlotId, &Position)> {
        let all_slots = (market, SlotId(0))..=(market, SlotId(u16::MAX));
        self.positions.range(all_slots).map(|((_, slot), position)| (*slot, position))
    }

    /// All positions, by market and slot.
    pub fn positions(&self) -> impl Iterator<Item = (MarketId, SlotId, &Position)> {
        self.positions.iter().map(|((market, slot), position)| (*market, *slot, position))
    }

    /// Profit of one market.
    pub fn market_profit(&self, market: MarketId) -> Profit {
        let marked = self.in_market(market).map(|(_, position)| position.unrealised()).sum();
        Profit { realised: at(&self.realised_by_market, market.index()), marked }
    }

    /// Profit of one strategy.
    pub fn slot_profit(&self, slot: SlotId) -> Profit {
        let own = self.positions().filter(|(_, owner, _)| *owner == slot);
        let marked = own.map(|(_, _, position)| position.unrealised()).sum();
        Profit { realised: at(&self.realised_by_slot, usize::from(slot.0)), marked }
    }

    /// Profit by category, in the categories' order. Walks over all markets: for reports, not for ticks.
    pub fn category_profits(&self, markets: &[Market]) -> BTreeMap<String, Profit> {
        let mut profits: BTreeMap<String, Profit> = BTreeMap::new();
        for market in markets {
            let own = self.market_profit(market.id);
            let sum = profits.entry(market.category.clone()).or_default();
            sum.realised += own.realised;
            sum.marked += own.marked;
        }
        profits
    }
}

fn add_at(table: &mut Vec<Usd>, index: usize, amount: Usd) {
    if table.len() <= index {
        table.resize(index + 1, Usd::ZERO);
    }
    table[index] += amount;
}

fn at(table: &[Usd], index: usize) -> Usd {
    table.get(index).copied().unwrap_or_default()
}

/// The share of `fee` that falls on `part` of `whole`.
fn prorated(fee: Usd, part: Qty, whole: Qty) -> Usd {
    Usd((i128::from(fee.0) * i128::from(part.0) / i128::from(whole.0)) as i64)
}

#[cfg(test)]
mod tests;
