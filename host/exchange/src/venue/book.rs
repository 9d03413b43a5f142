//! One market's resting orders in price-time order. The book knows sizes and priorities; it must never know owners.

use std::collections::BTreeMap;

use host_core::{Price, Qty, Side};

/// Best prices and the size there; an empty side is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopOfBook {
    /// Best bid for YES.
    pub bid: Option<(Price, Qty)>,
    /// Best offer of YES.
    pub ask: Option<(Price, Qty)>,
}

/// Position of a resting order in the book; `priority` counts up with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QueueKey {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) priority: u64,
}

/// A resting order in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resting {
    /// Number of the order.
    pub(super) order: u64,
    pub(super) qty: Qty,
}

#[derive(Clone, Debug, Default)]
struct PriceLevel {
    total: Qty,
    /// By priority.
    queue: BTreeMap<u64, Resting>,
}

/// Both sides of the book.
#[derive(Clone, Debug, Default)]
pub(super) struct OrderBook {
    /// By rank, best first.
    bids: BTreeMap<i32, PriceLevel>,
    asks: BTreeMap<i32, PriceLevel>,
}

/// Returns the sort key of a price; lower is better.
const fn rank(side: Side, price: Price) -> i32 {
    match side {
        Side::Buy => -price.0,
        Side::Sell => price.0,
    }
}

const fn price(side: Side, rank: i32) -> Price {
    match side {
        Side::Buy => Price(-rank),
        Side::Sell => Price(rank),
    }
}

impl OrderBook {
    const fn levels(&self, side: Side) -> &BTreeMap<i32, PriceLevel> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn levels_mut(&mut self, side: Side) -> &mut BTreeMap<i32, PriceLevel> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Adds an order at `key`, which must be free.
    pub(super) fn insert(&mut self, key: QueueKey, resting: Resting) {
        let level = self.levels_mut(key.side).entry(rank(key.side, key.price)).or_default();
        level.total += resting.qty;
        level.queue.insert(key.priority, resting);
    }

    /// Reduces the order at `key` by `qty`, and removes it when nothing is left.
    pub(super) fn reduce(&mut self, key: QueueKey, qty: Qty) {
        let (levels, rank) = (self.levels_mut(key.side), rank(key.side, key.price));
        let Some(level) = levels.get_mut(&rank) else { return };
        let Some(resting) = level.queue.get_mut(&key.priority) else { return };
        let taken = qty.min(resting.qty);
        resting.qty -= taken;
        level.total -= taken;
        if resting.qty.is_zero() {
            level.queue.remove(&key.priority);
        }
        if level.queue.is_empty() {
            levels.remove(&rank);
        }
    }

    pub(super) fn top(&self) -> TopOfBook {
        TopOfBook { bid: self.depth(Side::Buy).next(), ask: self.depth(Side::Sell).next() }
    }

    /// Returns the price levels of a side with their sizes, best first.
    pub(super) fn depth(&self, side: Side) -> impl DoubleEndedIterator<Item = (Price, Qty)> + '_ {
        self.levels(side).iter().map(move |(&rank, level)| (price(side, rank), level.total))
    }

    /// Returns the orders of a side in the order in which they fill.
    pub(super) fn orders(&self, side: Side) -> impl Iterator<Item = (Price, Resting)> + '_ {
        let of_level = move |(&rank, level): (&i32, _)| (price(side, rank), level);
        self.levels(side)
            .iter()
            .map(of_level)
            .flat_map(|(price, level): (Price, &PriceLevel)| level.queue.values().map(move |&resting| (price, resting)))
    }

    /// Returns the contracts that fill before the order at `key`.
    pub(super) fn ahead(&self, key: QueueKey) -> Qty {
        let (levels, rank) = (self.levels(key.side), rank(key.side, key.price));
        let better: Qty = levels.range(..rank).map(|(_, level)| level.total).sum();
        let Some(level) = levels.get(&rank) else { return better };
        better + level.queue.range(..key.priority).map(|(_, resting)| resting.qty).sum()
    }
}
