//! Profit attribution by market, category and strategy, from cash flows: cash received less cash paid, plus open
//! positions at their mark. The sums are exact and independent of the engine's own accounts, so the two can be
//! compared.

use std::collections::BTreeMap;

use host_core::record::Trade;
use host_core::{Fill, Market, MarketId, Outcome, Qty, Side, SlotId, Timestamp, Usd};

use crate::money::Money;
use crate::report::ProfitLine;
use crate::run::{MarkedPosition, RunFigures};
use crate::trades::Trades;

/// Sums of one slot in one market.
#[derive(Clone, Copy, Debug, Default)]
struct SlotTotals {
    position: Qty,
    /// Cash received less cash paid, fees included, in 1/10,000,000,000 dollar.
    cash: i128,
    fees: Usd,
    fills: u64,
    qty: i128,
    trades: Trades,
}

/// Sums by market and slot, and the time during which any position was open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attribution {
    lines: BTreeMap<(MarketId, SlotId), SlotTotals>,
    open: u64,
    open_since: Timestamp,
    open_nanoseconds: i128,
}

impl Attribution {
    pub(crate) fn on_fill(&mut self, slot: SlotId, market: MarketId, side: Side, fill: &Fill, position: Qty) {
        let line = self.lines.entry((market, slot)).or_default();
        let before = std::mem::replace(&mut line.position, position);
        line.cash -= i128::from(side.paid(fill.cost).0) + i128::from(fill.fee.0);
        line.fees += fill.fee;
        line.fills += 1;
        line.qty += i128::from(fill.qty.0);
        self.count_open(before, position, fill.time);
    }

    pub(crate) fn on_trade(&mut self, trade: &Trade) {
        self.lines.entry((trade.market, trade.slot)).or_default().trades.add(trade);
    }

    /// Pays out every position in `market`.
    pub(crate) fn on_settled(&mut self, market: MarketId, time: Timestamp, outcome: Outcome) {
        let mut closed = Vec::new();
        for line in self.lines.range_mut((market, SlotId(0))..=(market, SlotId(u16::MAX))).map(|(_, line)| line) {
            let position = std::mem::take(&mut line.position);
            line.cash += i128::from((outcome.payout() * position).0);
            closed.push(position);
        }
        closed.into_iter().for_each(|position| self.count_open(position, Qty::ZERO, time));
    }

    fn count_open(&mut self, before: Qty, after: Qty, time: Timestamp) {
        match (before.is_zero(), after.is_zero()) {
            (true, false) => {
                if self.open == 0 {
                    self.open_since = time;
                }
                self.open += 1;
            }
            (false, true) => {
                self.open -= 1;
                if self.open == 0 {
                    self.open_nanoseconds += i128::from((time - self.open_since).0);
                }
            }
            _ => {}
        }
    }

    /// Returns the nanoseconds up to `end` during which any position was open.
    pub(crate) fn open_nanoseconds(&self, end: Timestamp) -> i128 {
        let now = if self.open > 0 { i128::from((end - self.open_since).0) } else { 0 };
        self.open_nanoseconds + now
    }

    /// Returns the round trips of all slots and markets.
    pub(crate) fn trades(&self) -> Trades {
        self.lines.values().fold(Trades::default(), |sum, line| sum.plus(line.trades))
    }

    /// Returns the profit by the name that `group` gives, in the order of the names.
    pub(crate) fn by(&self, run: &RunFigures, group: impl Fn(MarketId, SlotId) -> String) -> Vec<ProfitLine> {
        let open: BTreeMap<_, _> = run.final_positions.iter().map(|line| ((line.market, line.slot), line)).collect();
        let mut groups: BTreeMap<String, GroupTotals> = BTreeMap::new();
        for (key, line) in &self.lines {
            groups.entry(group(key.0, key.1)).or_default().add(line, open.get(key).copied());
        }
        groups.into_iter().map(|(name, group)| group.line(name)).collect()
    }
}

/// Sums over one group of markets and slots.
#[derive(Clone, Copy, Debug, Default)]
struct GroupTotals {
    /// Twice the profit in 1/10,000,000,000 dollar: marks are mids, which may be half a price step.
    profit_doubled: i128,
    /// The part of it in open positions.
    open: Usd,
    /// True if a position without a mark is open, so that the profit is unknown.
    unknown: bool,
    sums: SlotTotals,
}

impl GroupTotals {
    fn add(&mut self, line: &SlotTotals, open: Option<&MarkedPosition>) {
        self.profit_doubled += 2 * line.cash;
        match open {
            Some(held) => {
                self.profit_doubled += i128::from(line.position.0) * i128::from(held.mark_doubled);
                self.open += held.open_profit();
            }
            None => self.unknown |= !line.position.is_zero(),
        }
        self.sums.fees += line.fees;
        self.sums.fills += line.fills;
        self.sums.qty += line.qty;
        self.sums.trades = self.sums.trades.plus(line.trades);
    }

    fn line(self, name: String) -> ProfitLine {
        let net_pnl = Money::average(self.profit_doubled, 2).filter(|_| !self.unknown);
        ProfitLine {
            name,
            net_pnl,
            realised_pnl: net_pnl.map(|net| Money(net.0 - self.open)),
            open_pnl: net_pnl.map(|_| Money(self.open)),
            trades: self.sums.trades.count(),
            win_rate: self.sums.trades.win_rate(),
            fills: self.sums.fills,
            contracts: self.sums.qty as f64 / 1e6,
            fees: Money(self.sums.fees),
        }
    }
}

/// The names of markets, categories and strategies in reports.
#[derive(Debug)]
pub(crate) struct DisplayNames<'a> {
    markets: BTreeMap<MarketId, &'a Market>,
    strategies: &'a [String],
}

impl<'a> DisplayNames<'a> {
    pub(crate) fn new(markets: &'a [Market], strategies: &'a [String]) -> DisplayNames<'a> {
        DisplayNames { markets: markets.iter().map(|market| (market.id, market)).collect(), strategies }
    }

    /// Returns the ticker, or the number of a market that was not listed.
    pub(crate) fn market(&self, id: MarketId) -> String {
        self.markets.get(&id).map_or_else(|| format!("market {}", id.0), |market| market.ticker.clone())
    }

    pub(crate) fn category(&self, id: MarketId) -> String {
        let category = self.markets.get(&id).map_or("", |market| market.category.as_str());
        if category.is_empty() { "uncategorised".to_owned() } else { category.to_owned() }
    }

    /// Returns the strategy's name, with the slot's number if several slots run that strategy.
    pub(crate) fn strategy(&self, slot: SlotId) -> String {
        let Some(name) = self.strategies.get(usize::from(slot.0)) else { return format!("slot {}", slot.0) };
        let repeats = self.strategies.iter().filter(|other| *other == name).count() > 1;
        if repeats { format!("{name} (slot {})", slot.0) } else { name.clone() }
    }
}
