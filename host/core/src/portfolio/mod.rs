//! The account: cash, positions, realised and unrealised profit, drawdown. It only adds up what has happened, exactly,
//! and never decides anything.

mod drawdown;
mod position;
mod snapshot;

use std::collections::BTreeMap;

pub use drawdown::{Drawdown, Fall};
pub use position::Position;
pub use snapshot::PortfolioSnapshot;

use crate::market::{Market, MarketId, Outcome};
use crate::money::{Qty, Usd};
use crate::order::{Fill, Side};
use crate::record::Trade;
use crate::strategy::{PositionView, SlotId};
use crate::time::Timestamp;

/// Cash, positions and profit of one account.
#[derive(Clone, Debug)]
pub struct Portfolio {
    start: Usd,
    cash: Usd,
    positions: BTreeMap<(MarketId, SlotId), Position>,
    /// Twice the marked value of all positions, updated with every change so that reading equity is free. It is wide,
    /// so that what was added can always be taken away again.
    marked_doubled: i128,
    realised: Usd,
    fees: Usd,
    realised_by_market: Vec<Usd>,
    realised_by_slot: Vec<Usd>,
    drawdown: Drawdown,
}

/// Profit of one group: a market, a category or a strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profit {
    /// Realised profit, net of fees.
    pub realised: Usd,
    /// Unrealised profit of open positions, at the mark.
    pub marked: Usd,
}

impl Portfolio {
    /// Creates an account that starts with `start` in cash.
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

    /// Books a fill and returns the round trip that it completed, if any. A fill larger than the opposite position
    /// closes it and opens a new one with the rest.
    pub fn on_fill(&mut self, slot: SlotId, market: MarketId, side: Side, fill: &Fill) -> Option<Trade> {
        self.cash -= side.paid(fill.cost) + fill.fee;
        self.fees += fill.fee;
        self.book(slot, market, -fill.fee);
        let Some(mut position) = self.take(slot, market) else {
            self.put(slot, market, self.opened(market, side, fill));
            return None;
        };
        if position.side() == side {
            position.grow(fill);
            self.put(slot, market, position);
            return None;
        }
        let (closing, beyond) = fill.split(fill.qty.min(position.qty.abs()));
        let gross = position.reduce(closing.cost, closing.qty, closing.fee);
        self.book(slot, market, gross);
        if !position.qty.is_zero() {
            self.put(slot, market, position);
            return None;
        }
        if !beyond.qty.is_zero() {
            self.put(slot, market, self.opened(market, side, &beyond));
        }
        Some(position.trade(slot, market, fill.time, false))
    }

    /// Settles a market: closes every position in it at the payout, without a fee, and returns the round trips.
    pub fn on_settled(&mut self, market: MarketId, time: Timestamp, outcome: Outcome) -> Vec<Trade> {
        let slots: Vec<SlotId> = self.in_market(market).map(|(slot, _)| slot).collect();
        slots.into_iter().filter_map(|slot| self.settle(slot, market, time, outcome)).collect()
    }

    fn settle(&mut self, slot: SlotId, market: MarketId, time: Timestamp, outcome: Outcome) -> Option<Trade> {
        let mut position = self.take(slot, market)?;
        self.cash += outcome.payout() * position.qty;
        let held = position.qty.abs();
        let gross = position.reduce(outcome.payout() * held, held, Usd::ZERO);
        self.book(slot, market, gross);
        Some(position.trade(slot, market, time, true))
    }

    /// Marks all positions in `market` at the price whose double is `mark_doubled`.
    pub fn mark(&mut self, market: MarketId, mark_doubled: i32) {
        self.clamp_marks(market, mark_doubled, mark_doubled);
    }

    /// Moves the marks of all positions in `market` into the range of prices whose doubles are `low_doubled` and
    /// `high_doubled`, which must not be less.
    pub fn clamp_marks(&mut self, market: MarketId, low_doubled: i32, high_doubled: i32) {
        for (_, position) in self.positions.range_mut((market, SlotId(0))..=(market, SlotId(u16::MAX))) {
            self.marked_doubled -= position.marked_doubled();
            position.mark_doubled = position.mark_doubled.clamp(low_doubled, high_doubled);
            self.marked_doubled += position.marked_doubled();
        }
    }

    /// Updates peak and drawdown with the equity at `now`, and returns that equity.
    pub fn tick(&mut self, now: Timestamp) -> Usd {
        let equity = self.equity();
        self.drawdown.tick(now, equity);
        equity
    }

    /// Takes money in, or out if `amount` is negative. It is neither profit nor loss: the starting capital changes with
    /// it, and so do the levels that drawdowns are measured from.
    pub(crate) fn shift(&mut self, amount: Usd) {
        self.start += amount;
        self.cash += amount;
        self.drawdown.shift(amount);
    }

    /// Returns a new position. All positions in a market have one mark.
    fn opened(&self, market: MarketId, side: Side, fill: &Fill) -> Position {
        let mut position = Position::open(side, fill);
        if let Some((_, other)) = self.in_market(market).next() {
            position.mark_doubled = other.mark_doubled;
        }
        position
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

    /// Returns the starting capital.
    pub fn start(&self) -> Usd {
        self.start
    }

    /// Returns the cash: the starting capital less payments plus receipts.
    pub fn cash(&self) -> Usd {
        self.cash
    }

    /// Returns the equity: cash plus positions at the mark.
    pub fn equity(&self) -> Usd {
        self.cash + Usd::half_of(self.marked_doubled)
    }

    /// Returns the realised profit, net of fees.
    pub fn realised(&self) -> Usd {
        self.realised
    }

    /// Returns the fees paid so far.
    pub fn fees(&self) -> Usd {
        self.fees
    }

    /// Returns the drawdown from the highest equity so far.
    pub fn drawdown(&self) -> &Drawdown {
        &self.drawdown
    }

    /// Returns the slot's open positions in the form that strategies see.
    pub(crate) fn views(&self, slot: SlotId) -> Vec<PositionView> {
        let own = self.positions().filter(|(_, owner, _)| *owner == slot);
        own.map(|(market, _, position)| PositionView {
            market,
            quantity: position.qty.as_contracts(),
            average_price: position.average_price(),
        })
        .collect()
    }

    /// Returns the slot's position in `market`, if it has one.
    pub fn position(&self, slot: SlotId, market: MarketId) -> Option<&Position> {
        self.positions.get(&(market, slot))
    }

    /// Returns the slot's position in `market`, in contracts; negative is short.
    pub fn held(&self, slot: SlotId, market: MarketId) -> Qty {
        self.position(slot, market).map_or(Qty::ZERO, |position| position.qty)
    }

    /// Returns true if any slot has a position in `market`.
    pub fn holds(&self, market: MarketId) -> bool {
        self.in_market(market).next().is_some()
    }

    /// Returns all positions in `market`, by slot.
    pub fn in_market(&self, market: MarketId) -> impl Iterator<Item = (SlotId, &Position)> {
        let all_slots = (market, SlotId(0))..=(market, SlotId(u16::MAX));
        self.positions.range(all_slots).map(|((_, slot), position)| (*slot, position))
    }

    /// Returns all positions, by market and slot.
    pub fn positions(&self) -> impl Iterator<Item = (MarketId, SlotId, &Position)> {
        self.positions.iter().map(|((market, slot), position)| (*market, *slot, position))
    }

    /// Returns the profit of one market.
    pub fn market_profit(&self, market: MarketId) -> Profit {
        let marked = self.in_market(market).map(|(_, position)| position.unrealised()).sum();
        Profit { realised: at(&self.realised_by_market, market.index()), marked }
    }

    /// Returns the profit of the strategy in `slot`.
    pub fn slot_profit(&self, slot: SlotId) -> Profit {
        let own = self.positions().filter(|(_, owner, _)| *owner == slot);
        let marked = own.map(|(_, _, position)| position.unrealised()).sum();
        Profit { realised: at(&self.realised_by_slot, usize::from(slot.0)), marked }
    }

    /// Returns the profit by category. This scans all markets: use it for reports, not on every tick.
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

    /// Returns the state that survives a restart. Profit by market is kept only for the markets that `keep` selects.
    pub(crate) fn snapshot(&self, keep: impl Fn(MarketId) -> bool) -> PortfolioSnapshot {
        let positions = self.positions.iter().map(|((market, slot), held)| (*market, *slot, held.clone()));
        let by_market = (0..).map(MarketId).zip(self.realised_by_market.iter().copied());
        PortfolioSnapshot {
            start: self.start,
            cash: self.cash,
            positions: positions.collect(),
            realised: self.realised,
            fees: self.fees,
            realised_by_market: by_market.filter(|(market, sum)| *sum != Usd::ZERO && keep(*market)).collect(),
            realised_by_slot: self.realised_by_slot.clone(),
            drawdown: self.drawdown.clone(),
        }
    }

    /// Returns the portfolio that `snapshot` was taken from.
    pub(crate) fn restore(snapshot: PortfolioSnapshot) -> Portfolio {
        let mut portfolio = Portfolio::new(snapshot.start);
        for (market, slot, position) in snapshot.positions {
            portfolio.put(slot, market, position);
        }
        for (market, sum) in snapshot.realised_by_market {
            add_at(&mut portfolio.realised_by_market, market.index(), sum);
        }
        let PortfolioSnapshot { cash, realised, fees, realised_by_slot, drawdown, .. } = snapshot;
        Portfolio { cash, realised, fees, realised_by_slot, drawdown, ..portfolio }
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

#[cfg(test)]
mod tests;
